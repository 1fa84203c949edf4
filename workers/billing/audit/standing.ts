import type { Breach } from "../../../core/billing/audit-report.ts";
import { inTime } from "../../../core/deadline.ts";
import { limits } from "../../../core/limits.ts";
import type { AuditPorts } from "./ports.ts";
import { JsonStore, stored, type BooksBucket } from "../json-store.ts";

interface Standing {
  readonly breaches: readonly Breach[];
  /** Those that are in the audit trail. Absent in what earlier versions stored. */
  readonly entered?: readonly string[];
}

/** Keeps what an audit of a tenant found. What is new goes into the audit trail, once for as long as it stands. */
export async function keepStanding(
  ports: AuditPorts,
  bucket: BooksBucket,
  tenant: string,
  found: readonly Breach[],
): Promise<void> {
  const store = new JsonStore(bucket);
  const key = `${standingPrefix}${tenant}.json`;
  if (found.length === 0) {
    await stored(bucket.delete([key]));
    return;
  }
  const breaches = found.slice(0, limits.auditBreachesMax);
  const { value } = await store.read<Standing>(key);
  const known = new Set(value?.entered);
  const named = new Map(breaches.map((breach) => [nameOf(breach), breach]));
  const fresh = [...named].filter(([name]) => !known.has(name)).slice(0, limits.auditTrailMax);
  const isEntered =
    fresh.length > 0 &&
    (await enter(
      ports,
      tenant,
      fresh.map(([, breach]) => breach),
    ));
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
  try {
    await inTime(globalThis, limits.directoryMillisMax, ports.enterBreaches(tenant, breaches));
    return true;
  } catch (cause) {
    console.error({ event: "breaches-not-entered", tenant, cause: String(cause) });
    return false;
  }
}

/** The standing breaches of the first tenants that have any. */
export async function standingBreaches(bucket: BooksBucket): Promise<Breach[]> {
  const store = new JsonStore(bucket);
  const { keys } = await store.keys(standingPrefix, null);
  const standing: Breach[] = [];
  for (const key of keys.slice(0, limits.auditStandingMax)) {
    const { value } = await store.read<Standing>(key);
    standing.push(...(value?.breaches ?? []));
  }
  return standing;
}

const nameOf = ({ invariant, ledger, subject }: Breach): string =>
  `${invariant} ${ledger} ${subject}`;

const standingPrefix = "audits/standing/";
