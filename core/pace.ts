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

/**
 * One piece of work of so many under way was done without delay. That says nothing of more than twice as many: who has
 * little to do for long must not be quick when much comes. G. Fairhurst, "Updating TCP to support rate-limited traffic",
 * RFC 7661, 2015.
 */
export function quicker(pace: Pace, underWay: number): Pace {
  if (pace.atOnce > 2 * underWay) return pace;
  return { ...pace, atOnce: Math.min(limits.turnsAtOnceMax, pace.atOnce + 1) };
}

/** One was late: once for all that were under way together, which all say the same. */
export function slower(pace: Pace, now: number): Pace {
  if (Math.abs(now - pace.fellAt) <= limits.takeInMillis) return pace;
  return { atOnce: Math.max(limits.turnsAtOnceMin, Math.floor(pace.atOnce / 2)), fellAt: now };
}
