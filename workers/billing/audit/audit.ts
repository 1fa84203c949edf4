import {
  Tally,
  type AuditReport,
  type AuditRequest,
  type Audits,
  type Breach,
} from "../../../core/billing/audit-report.ts";
import { limits } from "../../../core/limits.ts";
import { JsonStore, type BooksBucket } from "../json-store.ts";
import { auditTenant } from "./audit-tenant.ts";
import type { AuditPorts } from "./ports.ts";

/** Audits some tenants and publishes what it found. It repairs nothing. */
export async function audit(
  ports: AuditPorts,
  bucket: BooksBucket,
  { tenant, cursor }: AuditRequest,
): Promise<AuditReport> {
  const page =
    tenant === null
      ? await ports.listTenantIds({ cursor, limit: limits.auditTenantsMax })
      : { ids: [tenant], cursor: null };
  const store = new JsonStore(bucket);
  const all = new Tally();
  const unreachable: string[] = [];
  let ledgers = 0;
  for (const id of page.ids) {
    const windows = tenant === null ? limits.auditWindowsMax : limits.auditTenantWindowsMax;
    const found = await auditTenant(ports, id, windows);
    all.add(found.tally);
    unreachable.push(...found.unreachable);
    ledgers += found.ledgers;
    await keepStanding(store, bucket, id, found.tally.breaches);
  }
  for (const breach of all.breaches) console.error({ event: "invariant-broken", ...breach });
  const report: AuditReport = {
    v: 1,
    at: new Date(ports.now()).toISOString(),
    tenants: page.ids.length,
    ledgers,
    unreachable,
    invariants: all.counts(),
    breaches: all.breaches.slice(0, limits.auditBreachesMax),
    cursor: page.cursor,
  };
  await store.put(lastKey, report);
  return report;
}

/** The next page of tenants, by the clock: all of them take their turns. */
export async function auditNext(ports: AuditPorts, bucket: BooksBucket): Promise<AuditReport> {
  const { value } = await new JsonStore(bucket).read<{ cursor: string | null }>(cursorKey);
  const report = await audit(ports, bucket, { tenant: null, cursor: value?.cursor ?? null });
  await new JsonStore(bucket).put(cursorKey, { cursor: report.cursor });
  return report;
}

export async function readAudits(bucket: BooksBucket): Promise<Audits> {
  const store = new JsonStore(bucket);
  const { keys } = await store.keys(standingPrefix, null);
  const standing: Breach[] = [];
  for (const key of keys.slice(0, limits.auditStandingMax)) {
    const { value } = await store.read<{ breaches: Breach[] }>(key);
    standing.push(...(value?.breaches ?? []));
  }
  return { last: (await store.read<AuditReport>(lastKey)).value, standing };
}

async function keepStanding(
  store: JsonStore,
  bucket: BooksBucket,
  tenant: string,
  breaches: readonly Breach[],
): Promise<void> {
  const key = `${standingPrefix}${tenant}.json`;
  if (breaches.length === 0) await bucket.delete([key]);
  else await store.put(key, { breaches: breaches.slice(0, limits.auditBreachesMax) });
}

const lastKey = "audits/last.json";
const cursorKey = "audits/cursor.json";
const standingPrefix = "audits/standing/";
