import { jobIdPattern } from "../../../core/job/job-id.ts";
import { limits } from "../../../core/limits.ts";
import { headerParameter, pathParameter, queryParameter } from "./openapi-parts.ts";

/** Parameters that several routes have. */

export const jobParameter = pathParameter("id", "The job's id", {
  type: "string",
  pattern: jobIdPattern.source,
});

const ulid = "[0-7][0-9a-hjkmnp-tv-z]{25}";

export const tenantParameter = pathParameter("tenant", "The tenant's id", {
  type: "string",
  pattern: `^tnt_${ulid}$`,
});

export const keyParameter = pathParameter("key", "The key's id", {
  type: "string",
  pattern: `^key_${ulid}$`,
});

export const operatorParameter = pathParameter("operator", "The operator's id", {
  type: "string",
  pattern: `^opr_${ulid}$`,
});

export const idempotencyParameter = headerParameter(
  "Idempotency-Key",
  "A repeat with the same key and request has the same result. Any text that is unique to the request, such as a UUID.",
  { type: "string", maxLength: limits.idempotencyKeyCharsMax },
);

export const preferParameter = headerParameter(
  "Prefer",
  `\`wait=N\`: hold the answer for up to N seconds (at most ${limits.waitSecondsMax}) until the job is settled (RFC 7240). \`respond-async\`: do not wait.`,
  { type: "string" },
);

export const pageParameters = [
  queryParameter("limit", "Entries on a page", {
    type: "integer",
    minimum: 1,
    maximum: limits.pageSizeMax,
    default: limits.pageSizeDefault,
  }),
  queryParameter("cursor", "The `cursor` of the previous page", { type: "string" }),
];
