/**
 * Everything that can be refused: code → status and title. A problem's `type` is the path of its page on
 * the service itself (RFC 9457 §3.1.1) and never changes once published.
 */
export const problemTable = {
  // The request
  "bad-request": [400, "The request cannot be read"],
  "invalid-option": [400, "An option is unknown or out of range"],
  "invalid-idempotency-key": [400, "The Idempotency-Key is invalid"],
  unauthenticated: [401, "No valid API key"],
  "key-revoked": [401, "This API key has been revoked"],
  "key-expired": [401, "This API key has expired"],
  "tenant-suspended": [403, "This tenant is suspended"],
  "signature-invalid": [403, "The URL's signature is missing or wrong"],
  "signature-expired": [403, "The signed URL has expired"],
  "preset-required": [403, "Only presets are delivered here"],
  "upload-address-ended": [403, "This upload address is unknown or has ended"],
  "origin-not-allowed": [403, "Pages of this origin may not do that"],
  "scope-missing": [403, "This key may not do that"],
  "admin-only": [401, "No valid operator token"],
  "role-missing": [403, "This operator may not do that"],
  "not-found": [404, "Not found"],
  "method-not-allowed": [405, "This method is not allowed here"],
  "upload-timeout": [408, "The upload took too long"],
  "length-required": [411, "The body needs a Content-Length"],
  "body-too-large": [413, "The body is too large"],
  "unsupported-encoding": [415, "The body has an unsupported encoding"],
  "range-not-satisfiable": [416, "The range is outside the rendition"],
  "idempotency-key-reused": [422, "The Idempotency-Key was used for another request"],
  "output-not-ready": [409, "The rendition is not finished yet"],
  "upload-address-used": [409, "This upload address was used for another picture"],
  conflict: [409, "This already exists"],
  // The picture
  "empty-body": [422, "The body is empty"],
  "unsupported-format": [415, "This format is not supported"],
  "corrupt-image": [422, "The picture is damaged"],
  "truncated-image": [422, "The picture is cut off"],
  "image-too-large": [422, "The picture is too large"],
  "over-memory-plan": [422, "The picture would need too much memory"],
  "output-too-large": [422, "The requested rendition is too large"],
  "trimmed-away": [422, "The trim leaves nothing of the picture"],
  "over-max-bytes": [422, "The rendition does not fit max_bytes"],
  "render-timeout": [422, "Rendering took too long"],
  "render-crashed": [422, "The picture could not be rendered"],
  // A source elsewhere
  "source-not-allowed": [403, "This source is not allowed"],
  "source-not-found": [404, "The source does not exist"],
  "source-failed": [502, "The source's origin failed"],
  "source-timeout": [504, "The source's origin took too long"],
  "source-loop": [508, "The source leads back to this service"],
  // The tenant's limits
  "rate-limited": [429, "Too many requests"],
  "too-many-in-flight": [429, "Too many unfinished jobs"],
  "quota-exceeded": [429, "The monthly quota is used up"],
  "spend-cap-reached": [429, "The monthly spend cap is reached"],
  "storage-limit-reached": [403, "The tenant may store no more pictures"],
  "over-plan": [403, "The tenant's plan does not allow this picture"],
  // The job's end
  "attempts-exhausted": [422, "The job failed at every attempt"],
  "deadline-exceeded": [422, "The job was not finished in time"],
  cancelled: [422, "The job was deleted before it was finished"],
  interrupted: [503, "The request ended before its job was done"],
  // The service
  overloaded: [503, "The service is busy"],
  unavailable: [503, "A part of the service is unavailable"],
  misconfigured: [503, "The service is not configured"],
  internal: [500, "Internal error"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problemTable;

/** RFC 9457 problem details. `code` is the last part of `type`, for programs. */
export interface Problem {
  readonly type: string;
  readonly code: ProblemCode;
  readonly title: string;
  readonly status: number;
  /** What was wrong and what to do, for the person who sent the request. */
  readonly detail: string;
  /** The option that is wrong. */
  readonly option?: string;
  /** When to try again, if trying again can help. */
  readonly retryAfterMillis?: number;
  /** For a limit of the tenant: which, its value, what is used, and when it resets. */
  readonly limit?: LimitReached;
}

export interface LimitReached {
  /** As in the tenant's limits. */
  readonly name: string;
  readonly value: number;
  readonly used: number;
  /** ISO 8601; absent for a limit that does not reset by time. */
  readonly resetsAt?: string;
}

export function problem(
  code: ProblemCode,
  detail: string,
  extensions: Pick<Problem, "option" | "retryAfterMillis" | "limit"> = {},
): Problem {
  const [status, title] = problemTable[code];
  return { type: `/problems/${code}`, code, title, status, detail, ...extensions };
}
