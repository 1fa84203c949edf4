import { calm } from "../platform/weather.ts";
import { unbounded, type PlannedOutage, type Profile } from "./profile.ts";

const MINUTE = 60_000;

const usual: Profile = {
  startAt: Date.UTC(2027, 2, 10, 9, 12),
  climate: calm,
  tenants: 3,
  arrivalMillis: 5_000,
  greed: 1,
  inTurn: false,
  outages: [],
  restore: null,
  skewMillis: 50,
  driftShare: 1e-5,
  clockStepMillis: null,
  deployMillis: null,
  keysMillis: null,
  damageMillis: null,
  queues: 3,
  consumers: 8,
  flood: false,
  renderMillis: 100,
  deleteShare: 0,
  leavesAfterMillis: null,
  raises: [],
  settledRowsMax: 1000,
  poisonShare: 0,
  backlogMillis: 0,
  daysAfter: 0,
  bounds: { ...unbounded, messagesPerJob: 1.2, rendersPerJob: 1.01, failedJobs: 0, punctual: true },
};

const away: readonly PlannedOutage["dependency"][] = [
  "pictures",
  "books",
  "queue",
  "one-queue",
  "identity",
  "ledger",
  "directory",
  "express",
];

/** Scripted worlds, each for one promise with a figure. The seed varies what a script leaves open. */
export const scenarios: Readonly<Record<string, (seed: number) => Profile>> = {
  /** Nothing goes wrong. */
  calm: () => usual,
  /** Half an hour in which no consumer takes anything. */
  backlog: () => ({ ...usual, backlogMillis: 30 * MINUTE }),
  /** One dependency away for ten minutes, while work is coming in and under way. */
  outage: (seed) => ({
    ...usual,
    // What waits is taken when the dependency has just gone.
    backlogMillis: 2 * MINUTE,
    bounds: { ...usual.bounds, messagesPerJob: 12, rendersPerJob: 12, punctual: false },
    outages: [
      {
        dependency: away[seed % away.length] ?? "pictures",
        afterMillis: 115_000,
        millis: 10 * MINUTE,
        kind: seed % 4 === 3 ? "silent" : "down",
      },
    ],
  }),
  /** Thousands of tenants, all of whom have work in each hour. */
  tenants: () => ({
    ...usual,
    tenants: 5000,
    inTurn: true,
    arrivalMillis: 200,
    renderMillis: 30,
    bounds: { ...usual.bounds, activeTenants: 5000 },
  }),
  /** More of them than a roll-up looks at without news. */
  "some-tenants": () => ({ ...usual, tenants: 1500, arrivalMillis: 2000, renderMillis: 30 }),
  /** Two months meet, and the clocks do not agree on when; the first tenant has several ledgers. */
  "month-end": () => ({
    ...usual,
    startAt: Date.UTC(2027, 2, 1) - 4 * MINUTE,
    climate: { ...calm, eviction: 0.05 },
    tenants: 6,
    arrivalMillis: 20_000,
    skewMillis: 10 * MINUTE,
    clockStepMillis: 2 * MINUTE,
    raises: [{ afterMillis: 30_000, shards: 3 }],
    bounds: { ...unbounded, failedJobs: 0 },
  }),
  /** One tenant's ledger answers nothing for half an hour, while keys come and go. */
  "silent-ledger": () => ({
    ...usual,
    tenants: 10,
    arrivalMillis: 60_000,
    keysMillis: 5_000,
    outages: [{ dependency: "ledger", afterMillis: 1000, millis: 30 * MINUTE, kind: "silent" }],
    bounds: { ...unbounded, failedJobs: 0 },
  }),
  /** Slow renders and a short backlog, so that batches are full and take longer than a lease. */
  "slow-renders": () => ({
    ...usual,
    tenants: 1,
    arrivalMillis: 4_000,
    renderMillis: 15_000,
    backlogMillis: 3 * MINUTE,
    // Who waits for longer than a lease behind slow neighbours is sent again, and rendered once.
    bounds: { ...usual.bounds, messagesPerJob: 2 },
  }),
  /** Two engines are out at once, and messages are delivered twice, so that both render one job. */
  "two-versions": () => ({
    ...usual,
    climate: {
      ...calm,
      messageTwice: 0.2,
      messageLate: 0.1,
      isolateDeath: 0.2,
      lostAnswer: 0.05,
      lateEffect: 0.03,
    },
    bounds: unbounded,
    deployMillis: 20_000,
    renderMillis: 2_000,
  }),
  /** Jobs are deleted while they are rendered, and answers get lost. */
  deletes: () => ({
    ...usual,
    climate: { ...calm, lostAnswer: 0.05, lateEffect: 0.05, isolateDeath: 0.1 },
    bounds: unbounded,
    renderMillis: 1_000,
    deleteShare: 0.7,
  }),
  /** A tenant's work is split into more ledgers while answers get lost and requests are repeated. */
  shards: () => ({
    ...usual,
    climate: { ...calm, lostAnswer: 0.1, lateEffect: 0.03, eviction: 0.02 },
    bounds: unbounded,
    tenants: 1,
    arrivalMillis: 1_000,
    raises: [
      { afterMillis: 10_000, shards: 2 },
      { afterMillis: 25_000, shards: 5 },
    ],
  }),
  /** Clocks step often and far. */
  clocks: () => ({
    ...usual,
    tenants: 1,
    arrivalMillis: 2_000,
    skewMillis: 10 * MINUTE,
    clockStepMillis: 30_000,
    bounds: { ...unbounded, failedJobs: 0 },
  }),
  /** Much work in one ledger, all of it settled. */
  growth: () => ({ ...usual, tenants: 1, arrivalMillis: 1000, renderMillis: 20 }),
  /** Much work and some deletions, in which the auditor may find nothing. */
  clean: () => ({
    ...usual,
    tenants: 4,
    arrivalMillis: 400,
    renderMillis: 20,
    deleteShare: 0.05,
    skewMillis: 10 * MINUTE,
    bounds: { ...unbounded, failedJobs: 0 },
  }),
  /** One tenant sends five times what all consumers can do. */
  flood: () => ({
    ...usual,
    flood: true,
    greed: 60,
    arrivalMillis: 100,
    queues: 1,
    consumers: 1,
    renderMillis: 250,
    bounds: { ...unbounded, failedJobs: 0, quietJobMillis: 2 * MINUTE },
  }),
  /** One tenant sends far more than its rate. */
  greedy: () => ({
    ...usual,
    greed: 60,
    arrivalMillis: 100,
    bounds: { ...unbounded, failedJobs: 0, wastedSources: 0.25 },
  }),
  /** Nine days later, with jobs of all kinds and unclaimed sources. */
  retention: () => ({
    ...usual,
    climate: { ...calm, isolateDeath: 0.2, lateEffect: 0.02 },
    deleteShare: 0.3,
    leavesAfterMillis: MINUTE,
    settledRowsMax: 2,
    daysAfter: 9,
    bounds: unbounded,
  }),
  /** A ledger is restored from a backup of two hours before, while there was a backlog. */
  restore: () => ({
    ...usual,
    backlogMillis: 3 * MINUTE,
    deleteShare: 0.1,
    keysMillis: MINUTE,
    restore: { backupAfterMillis: 2 * MINUTE, afterMillis: 125 * MINUTE },
    bounds: unbounded,
  }),
  /** Keys and hosts come and go, while puts to KV land late and the Directory is evicted. */
  keys: () => ({
    ...usual,
    climate: { ...calm, lateEffect: 0.1, lostAnswer: 0.03, eviction: 0.05, crash: 0.01 },
    tenants: 2,
    arrivalMillis: 20_000,
    keysMillis: 10_000,
    skewMillis: 10 * MINUTE,
    bounds: unbounded,
  }),
  /** Rows become unreadable. */
  damage: () => ({ ...usual, damageMillis: 10_000, backlogMillis: 3 * MINUTE, bounds: unbounded }),
};
