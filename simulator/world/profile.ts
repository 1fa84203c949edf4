import { Random } from "../time/random.ts";
import type { Climate, Dependency } from "../platform/weather.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A dependency that is away for a while. `ledger` and `one-queue` are the first tenant's. */
export interface PlannedOutage {
  readonly dependency: Exclude<Dependency, `${string} ${string}`> | "ledger" | "one-queue";
  readonly afterMillis: number;
  readonly millis: number;
  readonly kind: "down" | "slow" | "silent";
}

/** A ledger that is put back to what it was a while before. */
export interface PlannedRestore {
  readonly backupAfterMillis: number;
  readonly afterMillis: number;
}

/** Everything about one seed's world that is decided before it begins. */
export interface Profile {
  /** True epoch milliseconds. */
  readonly startAt: number;
  readonly climate: Climate;
  readonly tenants: number;
  /** Mean pause between two jobs, all tenants together. */
  readonly arrivalMillis: number;
  /** How many times what the others do the first tenant sends. */
  readonly greed: number;
  /** Tenants send in turn, so that all of them have work in every hour. */
  readonly inTurn: boolean;
  readonly outages: readonly PlannedOutage[];
  /** How far the machines' clocks are off, at most. */
  readonly skewMillis: number;
  readonly driftShare: number;
  /** Null: none. */
  readonly restore: PlannedRestore | null;
  /** Mean pause between steps of a machine's clock; null: none. */
  readonly clockStepMillis: number | null;
  /** Mean pause between deployments, forward or back; null: none. */
  readonly deployMillis: number | null;
  /** Mean pause between keys and hosts that are given and taken back; null: none. */
  readonly keysMillis: number | null;
  /** Mean pause between rows that become unreadable; null: none. */
  readonly damageMillis: number | null;
  /** Queues that share the jobs; each tenant has two of them. */
  readonly queues: number;
  /** Consumers that run at once, for each queue. */
  readonly consumers: number;
  /** The first tenant has all the rate and the largest pictures that one may have. */
  readonly flood: boolean;
  readonly renderMillis: number;
  readonly deleteShare: number;
  /** When the last tenant is deleted; null: none is. */
  readonly leavesAfterMillis: number | null;
  /** When the first tenant's work is split into more ledgers, and then again; empty: never. */
  readonly raises: readonly { readonly afterMillis: number; readonly shards: number }[];
  /** Settled jobs that a ledger keeps before it moves them to R2. */
  readonly settledRowsMax: number;
  readonly poisonShare: number;
  /** Queues deliver nothing for the first while. */
  readonly backlogMillis: number;
  /** Days for which the world goes on when all is quiet. */
  readonly daysAfter: number;
  /** What holds over the whole run where so little goes wrong that it can be promised. */
  readonly bounds: Bounds;
}

export interface Bounds {
  readonly messagesPerJob: number;
  readonly rendersPerJob: number;
  readonly failedJobs: number;
  /** Every closed hour is in its statement ten minutes after the trigger. */
  readonly punctual: boolean;
  /** Tenants with work in an hour that is judged so, at least in one. */
  readonly activeTenants: number;
  /** Longest that a job of a tenant lasts that asks for little. */
  readonly quietJobMillis: number;
  /** Sources that were stored for nothing, for each refusal. */
  readonly wastedSources: number;
}

/** What a run may leave out to find the shortest history that still fails. */
export type Feature =
  | keyof Climate
  | "outages"
  | "clock-steps"
  | "skew"
  | "deploys"
  | "keys"
  | "damage"
  | "deletes"
  | "poison"
  | "backlog"
  | "greed"
  | "leaves"
  | "raises"
  | "restore";

export const features: readonly Feature[] = [
  "lostRequest",
  "lostAnswer",
  "silence",
  "lateEffect",
  "eviction",
  "crash",
  "alarmTwice",
  "alarmLate",
  "isolateDeath",
  "messageLost",
  "messageTwice",
  "messageLate",
  "outages",
  "clock-steps",
  "skew",
  "deploys",
  "keys",
  "damage",
  "deletes",
  "poison",
  "backlog",
  "greed",
  "leaves",
  "raises",
  "restore",
];

const storm: Climate = {
  lostRequest: 0.01,
  lostAnswer: 0.01,
  silence: 0.003,
  lateEffect: 0.004,
  eviction: 0.02,
  crash: 0.01,
  alarmTwice: 0.05,
  alarmLate: 0.02,
  isolateDeath: 0.04,
  messageLost: 0.01,
  messageTwice: 0.03,
  messageLate: 0.02,
};

export const unbounded: Bounds = {
  messagesPerJob: Infinity,
  rendersPerJob: Infinity,
  failedJobs: Infinity,
  punctual: false,
  activeTenants: 0,
  quietJobMillis: Infinity,
  wastedSources: Infinity,
};

/** Each seed draws its own mixture: many faults at once hide each other, and few never meet. */
export function drawProfile(seed: number): Profile {
  const random = new Random(seed, "profile");
  const some = (probability: number) => random.chance(probability);
  const climate = Object.fromEntries(
    Object.entries(storm).map(([fault, share]) => [
      fault,
      some(0.5) ? share * random.pick([0.3, 1, 1, 3]) : 0,
    ]),
  ) as unknown as Climate;
  const atMonthEnd = some(0.25);
  const monthEnd = Date.UTC(2027, random.between(0, 11), 1);
  return {
    startAt: atMonthEnd
      ? monthEnd - random.between(2, 50) * MINUTE
      : monthEnd + random.between(1, 27 * 24) * HOUR + random.between(0, 59) * MINUTE,
    climate,
    tenants: random.between(1, 4),
    arrivalMillis: random.pick([2_000, 20_000, 60_000]),
    greed: some(0.2) ? 20 : 1,
    inTurn: false,
    outages: some(0.4)
      ? Array.from({ length: random.between(1, 2) }, () => drawOutage(random))
      : [],
    skewMillis: some(0.3) ? 10 * MINUTE : 50,
    driftShare: some(0.3) ? 1e-3 : 1e-5,
    clockStepMillis: some(0.3) ? 5 * MINUTE : null,
    deployMillis: some(0.3) ? 3 * MINUTE : null,
    keysMillis: some(0.2) ? MINUTE : null,
    damageMillis: some(0.1) ? 2 * MINUTE : null,
    queues: random.pick([1, 3]),
    consumers: 8,
    flood: false,
    renderMillis: random.pick([30, 200, 2000]),
    deleteShare: some(0.5) ? 0.2 : 0,
    poisonShare: some(0.2) ? 0.1 : 0,
    backlogMillis: some(0.1) ? random.between(1, 30) * MINUTE : 0,
    daysAfter: 0,
    bounds: unbounded,
    restore: some(0.15) ? drawRestore(random) : null,
    settledRowsMax: random.pick([2, 1000]),
    leavesAfterMillis: some(0.15) ? random.between(0, 20) * MINUTE : null,
    raises: some(0.2) ? drawRaises(random) : [],
  };
}

/** Most of the work comes in after both. */
function drawRaises(random: Random): Profile["raises"] {
  const first = random.between(0, 20) * 1000;
  const second = first + random.between(0, 60) * 1000;
  return [
    { afterMillis: first, shards: 2 },
    { afterMillis: second, shards: random.between(3, 5) },
  ];
}

function drawRestore(random: Random): PlannedRestore {
  const backupAfterMillis = random.between(0, 10) * MINUTE;
  return {
    backupAfterMillis,
    // Half of them from a backup that is older than a job may become.
    afterMillis: backupAfterMillis + random.pick([1, 20, 80, 150]) * MINUTE,
  };
}

const away: readonly PlannedOutage["dependency"][] = [
  "pictures",
  "books",
  "queue",
  "one-queue",
  "express",
  "identity",
  "directory",
  "ledger",
];

function drawOutage(random: Random): PlannedOutage {
  return {
    dependency: random.pick(away),
    afterMillis: random.between(0, 5) * MINUTE,
    millis: random.between(1, 10) * MINUTE,
    kind: random.pick(["down", "down", "silent", "slow"]),
  };
}

export function without(profile: Profile, left: readonly Feature[]): Profile {
  const has = (feature: Feature) => left.includes(feature);
  const climate = Object.fromEntries(
    Object.entries(profile.climate).map(([fault, share]) => [
      fault,
      has(fault as keyof Climate) ? 0 : (share as number),
    ]),
  ) as unknown as Climate;
  return {
    ...profile,
    climate,
    ...(has("outages") && { outages: [] }),
    ...(has("raises") && { raises: [] }),
    ...(has("leaves") && { leavesAfterMillis: null }),
    ...(has("restore") && { restore: null }),
    ...(has("clock-steps") && { clockStepMillis: null }),
    ...(has("skew") && { skewMillis: 0, driftShare: 0 }),
    ...(has("deploys") && { deployMillis: null }),
    ...(has("keys") && { keysMillis: null }),
    ...(has("damage") && { damageMillis: null }),
    ...(has("deletes") && { deleteShare: 0 }),
    ...(has("poison") && { poisonShare: 0 }),
    ...(has("backlog") && { backlogMillis: 0 }),
    ...(has("greed") && { greed: 1 }),
  };
}
