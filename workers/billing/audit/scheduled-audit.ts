import { reportsTogether, type AuditReport } from "../../../core/billing/audit-report.ts";
import {
  emptySchedule,
  harvestOf,
  lateIn,
  takeOldest,
  withoutEnded,
  withWaiting,
  type AuditHarvest,
} from "../../../core/billing/audit-schedule.ts";
import { limits } from "../../../core/limits.ts";
import { groupsOf } from "../in-turns.ts";
import type { BooksBucket } from "../json-store.ts";
import type { Step } from "../ports.ts";
import { auditTenants } from "./audit.ts";
import { AuditStore } from "./audit-store.ts";
import { byTheClock } from "./audit-tenant.ts";
import { inTimePorts, type AuditPorts } from "./ports.ts";

/** One part of an audit by the clock, as much as one invocation can do. Versioned, because it is stored on the way. */
export interface AuditPart {
  readonly v: 1;
  /** When the run was planned, epoch milliseconds. */
  readonly run: number;
  readonly tenants: readonly string[];
}

export interface AuditPlan {
  readonly parts: readonly AuditPart[];
  readonly harvest: AuditHarvest;
}

/**
 * What is to be audited now: those who have waited longest of the tenants with news, and of those whose turn it is in
 * the walk over all tenants. Publishes what the parts of earlier runs have found. Null: another run plans at the same
 * time.
 */
export async function planAudits(
  given: AuditPorts,
  bucket: BooksBucket,
  news: Iterable<string>,
): Promise<AuditPlan | null> {
  const ports = inTimePorts(given);
  const store = new AuditStore(bucket);
  const { value: known, version } = await store.schedule();
  const ended = await store.ended();
  const walk = await nextInWalk(ports, known?.cursor ?? null);
  const now = ports.now();
  const parts = [...ended.values()];
  const waiting = withWaiting(
    withoutEnded(known ?? emptySchedule, parts),
    [...news, ...walk.ids],
    now,
  );
  const { schedule, taken } = takeOldest({ ...waiting, cursor: walk.cursor }, now);
  if (!(await store.replaceSchedule(schedule, version))) return null;
  // After that: parts that are read twice end nothing that has begun since.
  const reports = parts.map(({ report }) => report);
  await store.publish(reportsTogether(reports, now));
  await store.forgetEnded(ended.keys());
  const late = lateIn(schedule, now);
  if (late.length > 0) {
    const tenants = late.slice(0, limits.lateTenantsLogged);
    console.warn({ event: "audits-late", count: late.length, tenants });
  }
  return {
    parts: groupsOf(taken, limits.auditTenantsMax).map((tenants) => ({ v: 1, run: now, tenants })),
    harvest: harvestOf(schedule, now),
  };
}

/**
 * Does one part, named `id`. What is left over, because there was more to look at than it may, is a part for the
 * next.
 */
export async function auditPart(
  ports: AuditPorts,
  bucket: BooksBucket,
  { id, part }: { readonly id: string; readonly part: AuditPart },
  step: Step,
): Promise<{ readonly report: AuditReport; readonly rest: AuditPart | null }> {
  const reports: AuditReport[] = [];
  const audited: string[] = [];
  let left = part.tenants;
  let costLeft = limits.auditPartCostMax;
  for (let group = 1; left.length > 0 && costLeft > 0; group++) {
    const tenants = left.slice(0, limits.auditTenantsPerStep);
    const atOnce = limits.auditTenantsAtOnce;
    const task = { tenants, depth: byTheClock, costMax: costLeft, atOnce };
    const outcome = await step(`group ${group}`, () => auditTenants(ports, bucket, task));
    reports.push(outcome.report);
    audited.push(...outcome.whole);
    left = [...outcome.left, ...left.slice(tenants.length)];
    costLeft -= outcome.cost;
  }
  const report = reportsTogether(reports, ports.now());
  const ended = { v: 1, run: part.run, tenants: audited, report } as const;
  await step("tell", () => new AuditStore(bucket).putEnded(id, ended));
  return { report, rest: left.length > 0 ? { ...part, tenants: left } : null };
}

/** The Directory may be away: then the walk goes on later; tenants with news do not wait for it. */
async function nextInWalk(ports: AuditPorts, cursor: string | null) {
  try {
    return await ports.listTenantIds({ cursor, limit: limits.auditWalkTenants });
  } catch (cause) {
    console.warn({ event: "audit-walk-waits", cause: String(cause) });
    return { ids: [], cursor };
  }
}
