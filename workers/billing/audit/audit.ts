import {
  Tally,
  type AuditReport,
  type AuditRequest,
  type Audits,
} from "../../../core/billing/audit-report.ts";
import { harvestOf } from "../../../core/billing/audit-schedule.ts";
import { limits } from "../../../core/limits.ts";
import { inParallel } from "../in-turns.ts";
import type { BooksBucket } from "../json-store.ts";
import { AuditStore } from "./audit-store.ts";
import { auditTenant, byTheClock, onDemand, type AuditDepth } from "./audit-tenant.ts";
import { inTimePorts, type AuditPorts } from "./ports.ts";
import { keepStanding, standingBreaches } from "./standing.ts";

/** On demand: audits one tenant, or the next ones, and publishes what it found. It repairs nothing. */
export async function audit(
  ports: AuditPorts,
  bucket: BooksBucket,
  { tenant, cursor }: AuditRequest,
): Promise<AuditReport> {
  const page =
    tenant === null
      ? await inTimePorts(ports).listTenantIds({ cursor, limit: limits.auditTenantsMax })
      : { ids: [tenant], cursor: null };
  const task = {
    tenants: page.ids,
    depth: tenant === null ? byTheClock : onDemand,
    costMax: limits.auditCostMax,
    atOnce: 1,
  };
  const { report, left } = await auditTenants(ports, bucket, task);
  const last = left.length > 0 ? (page.ids[report.tenants - 1] ?? null) : page.cursor;
  const published = { ...report, cursor: last };
  await new AuditStore(bucket).publish(published);
  return published;
}

export interface AuditTask {
  readonly tenants: readonly string[];
  readonly depth: AuditDepth;
  /**
   * After this much no further tenant is begun, nor after `auditTenantMillisMax`: where ledgers are silent, the
   * caller would be gone before the end of the audit.
   */
  readonly costMax: number;
  /** Tenants that are looked at side by side. */
  readonly atOnce: number;
}

export interface AuditOutcome {
  readonly report: AuditReport;
  /** Tenants that were looked at completely. */
  readonly whole: readonly string[];
  /** Those that were not begun. */
  readonly left: readonly string[];
  readonly cost: number;
}

/** Audits tenants, and keeps what stands of each. */
export async function auditTenants(
  given: AuditPorts,
  bucket: BooksBucket,
  { tenants, depth, costMax, atOnce }: AuditTask,
): Promise<AuditOutcome> {
  const ports = inTimePorts(given);
  const all = new Tally();
  const unreachable: string[] = [];
  const whole: string[] = [];
  const left: string[] = [];
  let [ledgers, cost] = [0, 0];
  const begun = ports.now();
  await inParallel(tenants, atOnce, async (tenant) => {
    const isOver = cost >= costMax || ports.now() - begun > limits.auditTenantMillisMax;
    if (isOver) return void left.push(tenant);
    const found = await auditTenant(ports, tenant, depth);
    cost += found.cost;
    all.add(found.tally);
    unreachable.push(...found.unreachable);
    if (found.unreachable.length === 0) whole.push(tenant);
    ledgers += found.ledgers;
    await keepStanding(ports, bucket, tenant, found.tally.breaches);
  });
  for (const breach of all.breaches) console.error({ event: "invariant-broken", ...breach });
  const report: AuditReport = {
    v: 1,
    at: new Date(ports.now()).toISOString(),
    tenants: tenants.length - left.length,
    ledgers,
    unreachable,
    invariants: all.counts(),
    breaches: all.breaches.slice(0, limits.auditBreachesMax),
    cursor: null,
  };
  return { report, whole, left, cost };
}

/** What was found last, what stands, and who waits at the moment. */
export async function readAudits(bucket: BooksBucket, now: number): Promise<Audits> {
  const store = new AuditStore(bucket);
  const { value: schedule } = await store.schedule();
  return {
    last: await store.last(),
    standing: await standingBreaches(bucket),
    harvest: schedule && harvestOf(schedule, now),
  };
}
