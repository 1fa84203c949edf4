import { err, ok, type Result } from "./result.ts";

/** How to wait. Every runtime's `globalThis` is one; the simulator brings its own, on a virtual clock. */
export interface Timers {
  setTimeout(run: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** No answer in time. `overloaded`, as the platform marks it: asking again at once would only add to the load. */
class Late extends Error {
  readonly overloaded = true;
}

/**
 * The promise's value, or a `Late` error when it does not come within `millis`. Every call that leaves an
 * isolate goes through here, so that one that never ends holds up nothing else. A late answer is ignored.
 */
export async function inTime<Value>(
  timers: Timers,
  millis: number,
  promise: Promise<Value>,
): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = timers.setTimeout(() => reject(new Late(`no answer within ${millis} ms`)), millis);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timers.clearTimeout(timer);
  }
}

/** The same for a caller who has another source to ask: failure and lateness are one value. */
export async function within<Value>(
  timers: Timers,
  millis: number,
  promise: Promise<Value>,
): Promise<Result<Value, "unreachable">> {
  return inTime(timers, millis, promise).then(ok, () => err("unreachable" as const));
}

export function pause(timers: Timers, millis: number): Promise<void> {
  return new Promise((resolve) => void timers.setTimeout(resolve, millis));
}
