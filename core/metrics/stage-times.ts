import { limits } from "../limits.ts";
import type { Stage } from "./measured.ts";

/** How long a consumer had a job, in milliseconds by its own clock. */
export interface Spent {
  /** From its claim, or from when it said that it begins, until the render began. */
  readonly waited: number;
  readonly render: number;
  readonly store: number;
}

/** One settled job's times: those at the ledger are by its clock, and durations come from where they were measured. */
export interface JobTimes {
  /** What its request had taken when the ledger was asked; null: not said. */
  readonly takenMillis: number | null;
  readonly sourceBytes: number;
  readonly createdAt: number;
  /** When its consumer took it; null: none had it at the end. */
  readonly claimedAt: number | null;
  readonly settledAt: number;
  /** Null: the consumer did not say, or there was none. */
  readonly spent: Spent | null;
}

/** No clock is compared with another one, and none makes a time negative by stepping. */
export function stageTimes(job: JobTimes): Partial<Record<Stage, number>> {
  const { takenMillis, createdAt, claimedAt, settledAt, spent } = job;
  const total = atLeast0((takenMillis ?? 0) + settledAt - createdAt);
  const whole = { total, ...(job.sourceBytes < limits.smallSourceBytes && { small: total }) };
  if (claimedAt === null || spent === null) return whole;
  const { waited, render, store } = spent;
  // A lease that was cut short would say that it was claimed before it was accepted.
  const taken = Math.max(createdAt, claimedAt);
  return {
    ...whole,
    wait: taken - createdAt + waited,
    render,
    store,
    settle: atLeast0(settledAt - taken - waited - render - store),
  };
}

const atLeast0 = (millis: number) => Math.max(0, millis);
