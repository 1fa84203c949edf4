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
 * One of `underWay` pieces of work was done without delay. That says nothing about more than twice that number, so an
 * isolate that has had little to do does not get a high pace for when a flood begins. G. Fairhurst, "Updating TCP to
 * support rate-limited traffic", RFC 7661, 2015.
 */
export function quicker(pace: Pace, underWay: number): Pace {
  if (pace.atOnce > 2 * underWay) return pace;
  return { ...pace, atOnce: Math.min(limits.turnsAtOnceMax, pace.atOnce + 1) };
}

/** One was late. Counted once for all that were under way together, since they were late for the same reason. */
export function slower(pace: Pace, now: number): Pace {
  if (Math.abs(now - pace.fellAt) <= limits.takeInMillis) return pace;
  return { atOnce: Math.max(limits.turnsAtOnceMin, Math.floor(pace.atOnce / 2)), fellAt: now };
}
