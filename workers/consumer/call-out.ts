import { inTime, pause } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import type { ConsumerPorts } from "./ports.ts";

/**
 * A call to storage or a ledger that does no harm when it happens twice: with a deadline, and made again,
 * after a pause of random length, where it failed quickly and the isolate's budget allows. One that
 * did not answer in time is not repeated, because the job's lease goes on meanwhile.
 */
export async function callOut<Value>(
  { timers, retries, random }: Pick<ConsumerPorts, "timers" | "retries" | "random">,
  millisMax: number,
  call: () => Promise<Value>,
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      const value = await inTime(timers, millisMax, call());
      retries.succeeded();
      return value;
    } catch (cause) {
      const { overloaded } = cause as { overloaded?: boolean };
      if (overloaded || attempt >= limits.objectCallsMax || !retries.take()) throw cause;
      await pause(timers, random() * limits.objectRetryMillis * 2 ** attempt);
    }
  }
}
