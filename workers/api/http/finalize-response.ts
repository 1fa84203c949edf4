import { traceFrom, traceParent, type Trace } from "../../../core/trace.ts";
import { allowPages } from "./cross-origin.ts";
import { drainUnread } from "./drain.ts";
import type { Timing } from "./timing.ts";

/** The request that is answered. */
export interface Answered {
  readonly request: Request;
  readonly url: URL;
  readonly timing: Timing;
  readonly trace: Trace;
}

/** Adds the headers that every answer has, and writes the request's one line to the log. */
export async function finish(
  { request, url, timing, trace }: Answered,
  response: Response,
): Promise<void> {
  await drainUnread(request);

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
    path: loggedPath(url.pathname),
    status: response.status,
    millis: timing.totalMillis(),
  });
}

/** The client's trace, or a new one. */
export const traceOf = ({ headers }: Request): Trace =>
  traceFrom(headers.get("traceparent"), (length) => crypto.getRandomValues(new Uint8Array(length)));

/**
 * The path of a delivered picture may name a source with a password, plainly or encoded, and at a tenant's own host
 * any path may be one. So only the API's own paths are logged whole; of the others the tenant and the id of a stored
 * picture.
 */
function loggedPath(pathname: string): string {
  if (ownPath.test(pathname)) return pathname;
  const [delivered = "/"] = /^\/t\/[^/]*\//.exec(pathname) ?? [];
  const [stored] = /img_[0-9a-f]{64}/.exec(pathname) ?? [];
  return `${delivered}…${stored === undefined ? "" : `/${stored}`}`;
}

const ownPath =
  /^\/(?:(?:admin\/)?v1\/[\w./-]*|problems\/[\w-]*|\.well-known\/jwks\.json|healthz|openapi\.json)?$/;
