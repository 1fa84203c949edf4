import { limits } from "../limits.ts";

/** A tenant that has had news, or whose turn it is in the walk over all tenants, since it was last audited. */
interface WaitingTenant {
  readonly tenant: string;
  /** When it began to wait, epoch milliseconds. */
  readonly since: number;
  /** When the run was planned that audits it, epoch milliseconds; absent: none yet. */
  readonly run?: number;
}

/**
 * Tenants that wait for an audit, and where the walk over all tenants goes on. Versioned: it is stored between runs.
 */
export interface AuditSchedule {
  readonly v: 1;
  readonly waiting: readonly WaitingTenant[];
  /** The tenant after which the walk goes on; null: at the first. */
  readonly cursor: string | null;
}

/** The part of an audit's work that has ended: of the run, these tenants were looked at with all their ledgers. */
export interface AuditEnded {
  readonly run: number;
  readonly tenants: readonly string[];
}

/** How far the auditor keeps up. */
export interface AuditHarvest {
  /** Tenants with news, or in the walk, that wait. */
  readonly waiting: number;
  /** Those among them that have waited longer than an audit may take. */
  readonly late: number;
  /** When the first of them began to wait, ISO 8601; null: none waits. */
  readonly oldest: string | null;
}

export const emptySchedule: AuditSchedule = { v: 1, waiting: [], cursor: null };

/**
 * Tenants that wait already keep the time since which they wait. What exceeds the bound is added with its next news,
 * or by the walk.
 */
export function withWaiting(
  schedule: AuditSchedule,
  tenants: Iterable<string>,
  now: number,
): AuditSchedule {
  const known = new Set(schedule.waiting.map(({ tenant }) => tenant));
  const more = [...new Set(tenants)]
    .filter((tenant) => !known.has(tenant))
    .slice(0, Math.max(0, limits.auditWaitingMax - known.size))
    .map((tenant) => ({ tenant, since: now }));
  return { ...schedule, waiting: [...schedule.waiting, ...more] };
}

/** Without those that were audited. One that a later run has taken again, or that has news since, stays. */
export function withoutEnded(schedule: AuditSchedule, ended: readonly AuditEnded[]): AuditSchedule {
  const audited = new Map<string, Set<number>>();
  for (const { run, tenants } of ended) {
    for (const tenant of tenants) audited.set(tenant, (audited.get(tenant) ?? new Set()).add(run));
  }
  const waiting = schedule.waiting.filter(
    ({ tenant, run }) => run === undefined || !audited.get(tenant)?.has(run),
  );
  return { ...schedule, waiting };
}

/**
 * Takes those who have waited longest for a run that is planned now. A tenant that works all the time is due once in
 * `limits.auditAfterMillis`; one whose audit has not ended is taken again after `limits.auditAgainMillis`.
 */
export function takeOldest(
  schedule: AuditSchedule,
  now: number,
): { readonly schedule: AuditSchedule; readonly taken: readonly string[] } {
  const taken = new Set(
    schedule.waiting
      .filter(
        ({ since, run }) =>
          since + limits.auditAfterMillis <= now &&
          (run === undefined || run + limits.auditAgainMillis <= now),
      )
      .toSorted((left, right) => left.since - right.since)
      .slice(0, limits.auditTenantsPerRun)
      .map(({ tenant }) => tenant),
  );
  const waiting = schedule.waiting.map((each) =>
    taken.has(each.tenant) ? { ...each, run: now } : each,
  );
  return { schedule: { ...schedule, waiting }, taken: [...taken] };
}

/** Those who have waited longer than an audit may take, the oldest first. */
export function lateIn({ waiting }: AuditSchedule, now: number): readonly string[] {
  return waiting
    .filter(({ since }) => since + limits.auditLateMillis < now)
    .toSorted((left, right) => left.since - right.since)
    .map(({ tenant }) => tenant);
}

export function harvestOf(schedule: AuditSchedule, now: number): AuditHarvest {
  const oldest = schedule.waiting.reduce((least, { since }) => Math.min(least, since), Infinity);
  return {
    waiting: schedule.waiting.length,
    late: lateIn(schedule, now).length,
    oldest: Number.isFinite(oldest) ? new Date(oldest).toISOString() : null,
  };
}
