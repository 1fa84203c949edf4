import { calm } from "../platform/weather.ts";
import type { PlannedOutage, Profile } from "./profile.ts";

const MINUTE = 60_000;

const usual: Profile = {
  startAt: Date.UTC(2027, 2, 10, 9, 12),
  climate: calm,
  tenants: 3,
  arrivalMillis: 5_000,
  greed: 1,
  outages: [],
  skewMillis: 50,
  driftShare: 1e-5,
  clockStepMillis: null,
  deployMillis: null,
  keysMillis: null,
  damageMillis: null,
  renderMillis: 100,
  deleteShare: 0,
  poisonShare: 0,
  backlogMillis: 0,
  bounds: { messagesPerJob: 1.2, rendersPerJob: 1.01, failedJobs: 0, punctual: true },
};

const away: readonly PlannedOutage["dependency"][] = [
  "pictures",
  "books",
  "queue",
  "identity",
  "ledger",
  "directory",
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
    bounds: { ...usual.bounds, messagesPerJob: 12, rendersPerJob: 12, punctual: false },
    outages: [
      {
        dependency: away[seed % away.length] ?? "pictures",
        afterMillis: 30_000,
        millis: 10 * MINUTE,
        kind: seed % 4 === 3 ? "silent" : "down",
      },
    ],
  }),
  /** Renders of a quarter of a minute, so that a batch takes longer than a lease. */
  /** Thousands of tenants, each with a little work in the hour. */
  tenants: (seed) => ({
    ...usual,
    startAt: usual.startAt + (seed % 20) * MINUTE,
    tenants: 1000,
    arrivalMillis: 500,
    renderMillis: 30,
  }),
  /** Two months meet, and the clocks do not agree on when. */
  "month-end": () => ({
    ...usual,
    startAt: Date.UTC(2027, 2, 1) - 4 * MINUTE,
    bounds: { ...usual.bounds, punctual: false },
    arrivalMillis: 20_000,
    skewMillis: 10 * MINUTE,
    clockStepMillis: 2 * MINUTE,
  }),
  /** One tenant's ledger answers nothing for half an hour, while keys come and go. */
  "silent-ledger": () => ({
    ...usual,
    tenants: 10,
    arrivalMillis: 60_000,
    keysMillis: 5_000,
    bounds: { ...usual.bounds, messagesPerJob: 12, rendersPerJob: 12, punctual: false },
    outages: [{ dependency: "ledger", afterMillis: 1000, millis: 30 * MINUTE, kind: "silent" }],
  }),
  "slow-renders": () => ({ ...usual, tenants: 1, arrivalMillis: 4_000, renderMillis: 15_000 }),
};
