import type { ShardMap } from "../fleet/shard-map.ts";
import type { TenantLimits } from "../identity/tenant-limits.ts";
import { limits } from "../limits.ts";
import { spendMicros, type CapName, type JobCost, type MonthlyUse } from "./caps.ts";
import type { Month } from "./usage.ts";

/** A limit that holds for all of a tenant's shards together. */
export type SharedLimit = "jobsInFlight" | CapName;

/** An amount of each shared limit. */
export type Amounts = Readonly<Record<SharedLimit, number>>;

export const noAmounts: Amounts = {
  jobsInFlight: 0,
  jobsPerMonth: 0,
  computeUnitsPerMonth: 0,
  spendMicrosPerMonth: 0,
};

const sharedLimits = Object.keys(noAmounts) as readonly SharedLimit[];

export function amountsBy(of: (name: SharedLimit) => number): Amounts {
  return Object.fromEntries(sharedLimits.map((name) => [name, of(name)])) as Record<
    SharedLimit,
    number
  >;
}

export const sumOf = (parts: readonly Amounts[]): Amounts =>
  amountsBy((name) => parts.reduce((sum, part) => sum + part[name], 0));

export function amountsOf(jobsInFlight: number, use: MonthlyUse, now: number): Amounts {
  return {
    jobsInFlight,
    jobsPerMonth: use.jobs,
    computeUnitsPerMonth: use.computeUnits,
    spendMicrosPerMonth: spendMicros(use, now),
  };
}

/** What one job needs. */
export const needOf = ({ computeUnits, outputs }: JobCost, now: number): Amounts =>
  amountsOf(1, { jobs: 1, computeUnits, outputs }, now);

/** What a shard asks of its tenant's first one in the region. */
export interface LeaseAsk {
  readonly shard: number;
  /** Grows with each ask of the shard, so that one that arrives late changes nothing. */
  readonly number: number;
  readonly month: Month;
  readonly used: Amounts;
  /**
   * What it needs above that. Zero of everything: it gives back what it does not use, and uses no more until the
   * answer has come.
   */
  readonly needed: Amounts;
}

/** How much a shard may use, in all. */
export interface Lease {
  readonly number: number;
  readonly month: Month;
  readonly used: Amounts;
  readonly ceiling: Amounts;
  /** Whether there was less than it needs. */
  readonly isShort: boolean;
  /** What other shards hold and do not use, when it was granted. */
  readonly idle: Amounts;
  /** What it may use of the month before, which by another machine's clock is not over. */
  readonly earlier?: Pick<Lease, "month" | "ceiling">;
}

/** Throws when it is no lease. */
export function parseLease(text: string): Lease {
  const lease = JSON.parse(text) as Lease;
  const figures = sharedLimits.flatMap((name) => [lease.ceiling[name], lease.used[name]]);
  if ([lease.number, ...figures].every(Number.isFinite)) return lease;
  throw new Error("this is no lease");
}

/** A tenant's first shard in a region, as the others ask it: `brought` are the terms that they know. */
export interface LeaseSource {
  lease(
    ask: LeaseAsk,
    brought: {
      readonly limits: TenantLimits;
      readonly limitsVersion: number;
      readonly shards: ShardMap;
    },
  ): Promise<Lease>;
}

/**
 * What the shard gets: what it needs, and a block above that so that it need not ask for each job. All ceilings
 * together are never more than the limit, so that no shard's work can go beyond it, whatever is lost or late.
 */
export function grantLease(
  ask: LeaseAsk,
  tenant: TenantLimits,
  { before, own, others, shards }: Granting,
): Lease {
  const { number, month, used } = ask;
  // The shard's clock has stepped back: it goes on with what it has of that month.
  if (before && before.month > month) return { ...before, number, isShort: true };
  const earlier = before && before.month < month ? before : before?.earlier;
  const givesBack = Object.values(ask.needed).every((needed) => needed === 0);
  const kept = before && !givesBack ? ceilingIn(before, month) : used;
  const held = sumOf([own, ...others.map((lease) => ceilingIn(lease, month))]);
  let isShort = false;
  const ceiling = amountsBy((name) => {
    const limit = tenant[name];
    // Should there be a limit later, it has to be asked for.
    if (limit === null) return used[name];
    const needed = ask.needed[name];
    const base = Math.max(kept[name], used[name]);
    const wanted = used[name] + needed;
    const free = Math.max(0, limit - held[name] - base);
    isShort ||= base + free < wanted;
    const block = Math.min(
      Math.floor(Math.max(0, base + free - wanted) / (2 * shards)),
      needed * limits.shareBlockJobs,
    );
    return base + Math.min(free, Math.max(0, wanted + block - base));
  });
  return {
    ...{ number, month, used, ceiling, isShort, idle: idleIn(others, month) },
    ...(earlier && { earlier: { month: earlier.month, ceiling: earlier.ceiling } }),
  };
}

interface Granting {
  /** What the shard holds; an ask for more never takes from it. */
  readonly before: Lease | null;
  /** What the first shard has used itself in the month that is asked for, or later. */
  readonly own: Amounts;
  readonly others: readonly Lease[];
  readonly shards: number;
}

/** Jobs in flight stay in flight when a month ends; the rest begins again. */
export function ceilingIn({ month: latest, ceiling, earlier }: Lease, month: Month): Amounts {
  if (latest === month) return ceiling;
  const caps = earlier?.month === month ? earlier.ceiling : noAmounts;
  return { ...caps, jobsInFlight: ceiling.jobsInFlight };
}

/** What these shards may use and do not. */
export const idleIn = (leases: readonly Lease[], month: Month): Amounts =>
  amountsBy((name) =>
    leases.reduce(
      (sum, lease) => sum + Math.max(0, ceilingIn(lease, month)[name] - lease.used[name]),
      0,
    ),
  );
