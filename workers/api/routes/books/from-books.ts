import { inTime } from "../../../../core/deadline.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { refuse } from "../../http/responses.ts";

/** The answer made of what the billing Worker says. If it does not in time: 503, and why in the log. */
export function fromBooks<Value>(
  asked: Promise<Value>,
  answer: (value: Value) => Response,
  {
    millisMax = limits.outputMillisMax,
    what = "books",
  }: { readonly millisMax?: number; readonly what?: "books" | "metrics" } = {},
): Promise<Response> {
  return inTime(globalThis, millisMax, asked).then(answer, (cause: unknown) => {
    console.error({ event: "request-failed", cause: String(cause) });
    return refuse(unavailable(what));
  });
}

const unavailable = (what: string) =>
  problem("unavailable", `The ${what} could not be read right now. Try again.`, {
    retryAfterMillis: limits.busyRetryMillis,
  });
