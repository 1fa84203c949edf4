import { traceFrom, traceParent, type Trace } from "../../../core/trace.ts";
import { allowPages } from "./cross-origin.ts";
import { drainUnread } from "./drain.ts";
import type { Timing } from "./timing.ts";

/** Adds the headers that every answer has, and writes the request's one line to the log. */
export async function finish(
  request: Request,
  response: Response,
  timing: Timing,
  trace: Trace,
): Promise<Response> {
  await drainUnread(request);

  const url = new URL(request.url);
  const { headers } = response;
  allowPages(url, headers);
  headers.set("Server-Timing", timing.header());
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("X-Request-Id", trace.id);
  headers.set("Traceparent", traceParent(trace));
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");

  console.log({
    event: "request",
    trace: trace.id,
    method: request.method,
    path: url.pathname,
    status: response.status,
    millis: timing.totalMillis(),
  });
  return response;
}

/** The client's trace, or a new one. */
export const traceOf = ({ headers }: Request): Trace =>
  traceFrom(headers.get("traceparent"), (length) => crypto.getRandomValues(new Uint8Array(length)));
