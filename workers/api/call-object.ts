import { limits } from "../../core/limits.ts";
import type { ApiEnv } from "./env.ts";

/** The one Directory. */
export const directoryOf = (env: Pick<ApiEnv, "DIRECTORY">) => env.DIRECTORY.getByName("directory");

/**
 * Calls a Durable Object, again when the platform says that this may help: an object that moved or lost
 * its connection is `retryable`, one that is `overloaded` only suffers more. Every call made this way is
 * safe to repeat. Full jitter, few attempts: whoever called is waiting, and all attempts together last no
 * longer than `limits.objectMillisMax` beyond `heldMillis`, for which the object may hold the call.
 */
export async function callObject<Value>(
  call: () => Promise<Value>,
  heldMillis = 0,
): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new ObjectLate()),
    heldMillis + limits.objectMillisMax,
  );
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await Promise.race([call(), late.promise]);
      } catch (cause) {
        const { retryable, overloaded } = cause as { retryable?: boolean; overloaded?: boolean };
        if (!retryable || overloaded || attempt >= limits.objectCallsMax) throw cause;
        await scheduler.wait(Math.random() * limits.objectRetryMillis * 2 ** attempt);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** No answer in time. Like one that says so itself, such an object has more to do than it can. */
class ObjectLate extends Error {
  readonly overloaded = true;
}
