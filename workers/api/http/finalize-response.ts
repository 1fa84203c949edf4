import { allowPages } from "./cross-origin.ts";
import { drainUnread } from "./drain.ts";
import type { Timing } from "./timing.ts";

/** Adds the headers that every answer has, and writes the request's one line to the log. */
export async function finish(
  request: Request,
  response: Response,
  timing: Timing,
): Promise<Response> {
  await drainUnread(request);

  const url = new URL(request.url);
  const { headers } = response;
  allowPages(url, headers);
  headers.set("Server-Timing", timing.header());
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("X-Request-Id", requestId(request));
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");

  console.log({
    event: "request",
    id: headers.get("X-Request-Id"),
    method: request.method,
    path: url.pathname,
    status: response.status,
    millis: timing.totalMillis(),
  });
  return response;
}

/** The client's trace id (W3C Trace Context), else the platform's id of the request, else a new one. */
function requestId(request: Request): string {
  const trace = /^00-([0-9a-f]{32})-/.exec(request.headers.get("traceparent") ?? "")?.[1];
  return trace ?? request.headers.get("cf-ray") ?? crypto.randomUUID();
}
