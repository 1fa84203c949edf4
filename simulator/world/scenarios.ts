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
  bounds: { messagesPerJob: 1.2, rendersPerJob: 1.01, failedJobs: 0 },
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
    bounds: { ...usual.bounds, messagesPerJob: 12, rendersPerJob: 12 },
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
  "slow-renders": () => ({ ...usual, tenants: 1, arrivalMillis: 4_000, renderMillis: 15_000 }),
};
