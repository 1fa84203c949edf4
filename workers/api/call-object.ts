import { limits } from "../../core/limits.ts";

/**
 * Calls a Durable Object, again when the platform says that this may help: an object that moved or lost
 * its connection is `retryable`, one that is `overloaded` only suffers more. Every call made this way is
 * safe to repeat. Full jitter, few attempts: whoever called is waiting.
 */
export async function callObject<Value>(call: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (cause) {
      const { retryable, overloaded } = cause as { retryable?: boolean; overloaded?: boolean };
      if (!retryable || overloaded || attempt >= limits.objectCallsMax) throw cause;
      await scheduler.wait(Math.random() * limits.objectRetryMillis * 2 ** attempt);
    }
  }
}
