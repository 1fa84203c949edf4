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
  if (!isRestricted(headers)) headers.set("Access-Control-Allow-Origin", "*");
  headers.set("Access-Control-Expose-Headers", exposed);
}

/** Origins whose pages may read a tenant's pictures and send to its upload addresses; null: every origin's. */
type Origins = readonly string[] | null;

/** Requests without `Origin` come from no page, or ask for a picture to be shown, which every page may. */
export function isAllowedOrigin({ headers }: Pick<Request, "headers">, origins: Origins): boolean {
  const origin = headers.get("Origin");
  return origins === null || origin === null || origins.includes(origin);
}

/** Lets pages of these origins alone read the answer. Caches then keep one answer for each origin (Fetch §3.2.5). */
export function restrictPages(
  response: Response,
  request: Pick<Request, "headers">,
  origins: Origins,
): Response {
  if (origins === null) return response;
  const origin = request.headers.get("Origin");
  response.headers.append("Vary", "Origin");
  if (origin !== null && origins.includes(origin)) {
    response.headers.set("Access-Control-Allow-Origin", origin);
  }
  return response;
}

const isRestricted = (headers: Headers) => /\bOrigin\b/.test(headers.get("Vary") ?? "");

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
