import { limits } from "../../../core/limits.ts";
import { responseHeaders } from "../documents/response-headers.ts";

/**
 * Web pages of any origin may use the tenant's API (CORS, Fetch Standard §3.2): a page sends its key in
 * `Authorization` itself, and no cookie exists that another page could misuse. The operator's API is not
 * for pages.
 */
const isForPages = (url: URL) => !url.pathname.startsWith("/admin/");

/** Lets the page that sent the request read the answer and its headers. */
export function allowPages(url: URL, headers: Headers): void {
  if (!isForPages(url)) return;
  headers.set("Access-Control-Allow-Origin", "*");
  headers.set("Access-Control-Expose-Headers", exposed);
}

/** The answer to OPTIONS: the methods of this path, and what a page may send. */
export function optionsAnswer(url: URL, methods: readonly string[]): Response {
  const allowed = [...methods, "OPTIONS"].join(", ");
  const headers = new Headers({ Allow: allowed });
  if (isForPages(url)) {
    headers.set("Access-Control-Allow-Methods", allowed);
    headers.set("Access-Control-Allow-Headers", requestHeaders);
    headers.set("Access-Control-Max-Age", String(limits.preflightSeconds));
  }
  return new Response(null, { status: 204, headers });
}

const exposed = Object.keys(responseHeaders).join(", ");

/** Request headers that some route reads, apart from those that a page may send to anyone. */
const requestHeaders = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-None-Match",
  "If-Range",
  "Prefer",
  "Range",
  "traceparent",
].join(", ");
