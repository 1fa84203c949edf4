import type { RateStatus } from "../../../core/ledger/admission.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { isUnavailable } from "../../../core/unavailable.ts";

export function json(value: unknown, init: ResponseInit = {}): Response {
  return Response.json(value, init);
}

/** A problem document (RFC 9457), with `Retry-After` in whole seconds if trying again can help (RFC 9110 §10.2.3). */
export function refuse(failure: Problem, fields: HeadersInit = {}): Response {
  const headers = new Headers(fields);
  headers.set("Content-Type", "application/problem+json");
  if (failure.retryAfterMillis !== undefined) {
    headers.set("Retry-After", String(Math.ceil(failure.retryAfterMillis / 1000)));
  }
  if (failure.status === 401) headers.set("WWW-Authenticate", `Bearer realm="minilab"`);
  return new Response(JSON.stringify(failure), { status: failure.status, headers });
}

/** What a client is told of something that was thrown: it may help to try again, or the service is at fault. */
export function refuseFailure(cause: unknown): Response {
  const { retryable, overloaded } = Object(cause) as { retryable?: boolean; overloaded?: boolean };
  return refuse(retryable || overloaded || isUnavailable(cause) ? away : faulty);
}

export const away = problem(
  "unavailable",
  "A part of the service did not answer. Try again in a moment.",
  { retryAfterMillis: limits.unavailableRetryMillis },
);

const faulty = problem(
  "internal",
  "This is a fault of the service. Try again; with an Idempotency-Key a retry is always safe.",
);

/** For a path that no route serves. */
export function nothingHere(): Response {
  return refuse(problem("not-found", "There is nothing at this path. All paths: /openapi.json."));
}

/** The same bytes whether it does not exist or belongs to another tenant. */
export function notFound(): Response {
  return refuse(problem("not-found", "Not found, or it belongs to another tenant."));
}

/** `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers). */
export function withRate(response: Response, rate: RateStatus | null): Response {
  if (!rate) return response;
  const { limit, windowSeconds, remaining, resetSeconds } = rate;
  response.headers.set("RateLimit-Policy", `"jobs";q=${limit};w=${windowSeconds}`);
  response.headers.set("RateLimit", `"jobs";r=${remaining};t=${resetSeconds}`);
  return response;
}
