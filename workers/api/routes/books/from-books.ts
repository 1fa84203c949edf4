import { within } from "../../../../core/deadline.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { refuse } from "../../http/responses.ts";

/** The answer made of what the billing Worker says. If it does not in time: 503. */
export async function fromBooks<Value>(
  asked: Promise<Value>,
  answer: (value: Value) => Response,
  millisMax: number = limits.outputMillisMax,
): Promise<Response> {
  const found = await within(globalThis, millisMax, asked);
  return found.ok ? answer(found.value) : refuse(unavailable);
}

const unavailable = problem("unavailable", "The books could not be read right now. Try again.", {
  retryAfterMillis: limits.busyRetryMillis,
});
