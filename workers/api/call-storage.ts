import { inTime } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import { problem } from "../../core/problem.ts";
import { Unavailable } from "../../core/unavailable.ts";

export const storageUnavailable = problem(
  "unavailable",
  "Storage did not answer in time. Try again.",
  { retryAfterMillis: limits.busyRetryMillis },
);

/** What storage answers in time; else throws `Unavailable`, which callers are told as 503. */
export async function callStorage<Value>(asked: Promise<Value>): Promise<Value> {
  return inTime(globalThis, limits.storageMillisMax, asked).catch((cause: unknown) => {
    throw new Unavailable(`storage: ${String(cause)}`);
  });
}
