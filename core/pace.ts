import { limits } from "./limits.ts";

/**
 * How many pieces of work an isolate does at once: one more for each that found its thread free, half as many when one
 * did not. V. Jacobson, "Congestion avoidance and control", 1988.
 */
export interface Pace {
  readonly atOnce: number;
  /** When it was halved, epoch milliseconds. */
  readonly fellAt: number;
}

export const firstPace: Pace = { atOnce: limits.turnsAtOnceFirst, fellAt: -Infinity };

/** One piece of work was done without delay. */
export function quicker({ atOnce, fellAt }: Pace): Pace {
  return { atOnce: Math.min(limits.turnsAtOnceMax, atOnce + 1), fellAt };
}

/** One was late: once for all that were under way together, which all say the same. */
export function slower(pace: Pace, now: number): Pace {
  if (Math.abs(now - pace.fellAt) <= limits.takeInMillis) return pace;
  return { atOnce: Math.max(limits.turnsAtOnceMin, Math.floor(pace.atOnce / 2)), fellAt: now };
}
