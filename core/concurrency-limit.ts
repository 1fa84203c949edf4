import { limits } from "./limits.ts";

/**
 * How many pieces of work an isolate does at once: one more for each that found its thread free, half as many when one
 * did not. V. Jacobson, "Congestion avoidance and control", 1988.
 */
export interface ConcurrencyLimit {
  readonly atOnce: number;
  /** When it was halved, epoch milliseconds. */
  readonly fellAt: number;
}

export const firstConcurrency: ConcurrencyLimit = {
  atOnce: limits.turnsAtOnceFirst,
  fellAt: -Infinity,
};

/**
 * One of `underWay` pieces of work was done without delay. That says nothing about more than twice that number, so an
 * isolate that has had little to do does not get a high limit when a flood begins. G. Fairhurst, "Updating TCP to support
 * rate-limited traffic", RFC 7661, 2015.
 */
export function quicker(limit: ConcurrencyLimit, underWay: number): ConcurrencyLimit {
  if (limit.atOnce > 2 * underWay) return limit;
  return { ...limit, atOnce: Math.min(limits.turnsAtOnceMax, limit.atOnce + 1) };
}

/** One was late. Counted once for all that were under way together, since they were late for the same reason. */
export function slower(limit: ConcurrencyLimit, now: number): ConcurrencyLimit {
  if (Math.abs(now - limit.fellAt) <= limits.takeInMillis) return limit;
  return { atOnce: Math.max(limits.turnsAtOnceMin, Math.floor(limit.atOnce / 2)), fellAt: now };
}
