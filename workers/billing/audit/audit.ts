import {
  Tally,
  type AuditReport,
  type AuditRequest,
  type Audits,
  type Breach,
} from "../../../core/billing/audit-report.ts";
import { inTime } from "../../../core/deadline.ts";
import { limits } from "../../../core/limits.ts";
import { JsonStore, type BooksBucket } from "../json-store.ts";
import { auditTenant } from "./audit-tenant.ts";
import { inTimePorts, type AuditPorts } from "./ports.ts";

/** Audits some tenants and publishes what it found. It repairs nothing. */
export async function audit(
  given: AuditPorts,
  bucket: BooksBucket,
  { tenant, cursor }: AuditRequest,
): Promise<AuditReport> {
  const ports = inTimePorts(given);
  const page =
    tenant === null
      ? await ports.listTenantIds({ cursor, limit: limits.auditTenantsMax })
      : { ids: [tenant], cursor: null };
  const store = new JsonStore(bucket);
  const all = new Tally();
  const unreachable: string[] = [];
  let [tenants, ledgers, cost] = [0, 0, 0];
  for (const id of page.ids) {
    if (cost >= limits.auditCostMax) break;
    const windows = tenant === null ? limits.auditWindowsMax : limits.auditTenantWindowsMax;
    const found = await auditTenant(ports, id, windows);
    tenants += 1;
    cost += found.cost;
    all.add(found.tally);
    unreachable.push(...found.unreachable);
    ledgers += found.ledgers;
    await keepStanding({ ports, store, bucket }, id, found.tally.breaches);
  }
  for (const breach of all.breaches) console.error({ event: "invariant-broken", ...breach });
  const report: AuditReport = {
    v: 1,
    at: new Date(ports.now()).toISOString(),
    tenants,
    ledgers,
    unreachable,
    invariants: all.counts(),
    breaches: all.breaches.slice(0, limits.auditBreachesMax),
    cursor: tenants < page.ids.length ? (page.ids[tenants - 1] ?? null) : page.cursor,
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
    const { value } = await store.read<Standing>(key);
    standing.push(...(value?.breaches ?? []));
  }
  return { last: (await store.read<AuditReport>(lastKey)).value, standing };
}

interface Standing {
  readonly breaches: readonly Breach[];
  /** Those that are in the audit trail. Absent in what earlier versions stored. */
  readonly entered?: readonly string[];
}

/** What is new goes into the audit trail, once for as long as it stands. */
async function keepStanding(
  { ports, store, bucket }: { ports: AuditPorts; store: JsonStore; bucket: BooksBucket },
  tenant: string,
  found: readonly Breach[],
): Promise<void> {
  const key = `${standingPrefix}${tenant}.json`;
  if (found.length === 0) {
    await bucket.delete([key]);
    return;
  }
  const breaches = found.slice(0, limits.auditBreachesMax);
  const { value } = await store.read<Standing>(key);
  const known = new Set(value?.entered);
  const named = new Map(breaches.map((breach) => [nameOf(breach), breach]));
  const fresh = [...named].filter(([name]) => !known.has(name)).slice(0, limits.auditTrailMax);
  const isEntered = await enter(
    ports,
    tenant,
    fresh.map(([, breach]) => breach),
  );
  const standing = [...named.keys()].filter((name) => known.has(name));
  const entered = isEntered ? fresh.map(([name]) => name) : [];
  await store.put(key, { breaches, entered: [...standing, ...entered] });
}

/** False: the next audit that finds them tries again. */
async function enter(
  ports: AuditPorts,
  tenant: string,
  breaches: readonly Breach[],
): Promise<boolean> {
  if (breaches.length === 0) return true;
  try {
    await inTime(globalThis, limits.directoryMillisMax, ports.enterBreaches(tenant, breaches));
    return true;
  } catch (cause) {
    console.error({ event: "breaches-not-entered", tenant, cause: String(cause) });
    return false;
  }
}

const nameOf = ({ invariant, ledger, subject }: Breach): string =>
  `${invariant} ${ledger} ${subject}`;

const lastKey = "audits/last.json";
const cursorKey = "audits/cursor.json";
const standingPrefix = "audits/standing/";
