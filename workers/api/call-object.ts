import { inTime, pause } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import type { ApiEnv } from "./env.ts";

/** The one Directory. */
export const directoryOf = (env: Pick<ApiEnv, "DIRECTORY">) => env.DIRECTORY.getByName("directory");

/** Before a call is made again; longer each time, with full jitter. */
export const retryPause = (attempt: number): Promise<void> =>
  pause(globalThis, Math.random() * limits.objectRetryMillis * 2 ** attempt);

/**
 * Calls a Durable Object, and calls again when the platform says that this may help: an object that moved
 * or lost its connection is `retryable`; one that is `overloaded` would only get slower. Every call made
 * this way must be safe to repeat. Few attempts with full jitter, because a client is waiting: together
 * they take at most `limits.objectMillisMax` beyond `heldMillis`, the time the object may hold the call.
 */
export async function callObject<Value>(
  call: () => Promise<Value>,
  heldMillis = 0,
): Promise<Value> {
  let over = false;
  const untilAnswered = async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (cause) {
        const { retryable, overloaded } = cause as { retryable?: boolean; overloaded?: boolean };
        const last = over || attempt >= limits.objectCallsMax;
        if (!retryable || overloaded || last) throw cause;
        await retryPause(attempt);
      }
    }
  };
  try {
    return await inTime(globalThis, heldMillis + limits.objectMillisMax, untilAnswered());
  } finally {
    over = true;
  }
}
