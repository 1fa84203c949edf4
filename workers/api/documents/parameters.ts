import { keyIdSchema, operatorIdSchema, tenantIdSchema } from "../../../core/identity/ids.ts";
import { jobIdPattern } from "../../../core/job/job-id.ts";
import { limits } from "../../../core/limits.ts";
import { idempotencyKeyPattern } from "../http/idempotency.ts";
import { cursorPattern } from "../http/paging.ts";
import { headerParameter, matching, pathParameter, queryParameter } from "./openapi-parts.ts";

/** Parameters that several routes have. */

export const jobParameter = pathParameter("id", "The job's id", matching(jobIdPattern));

export const tenantIdText = matching(tenantIdSchema._zod.pattern);
export const tenantParameter = pathParameter("tenant", "The tenant's id", tenantIdText);

export const keyParameter = pathParameter(
  "key",
  "The key's id",
  matching(keyIdSchema._zod.pattern),
);

export const operatorParameter = pathParameter(
  "operator",
  "The operator's id",
  matching(operatorIdSchema._zod.pattern),
);

export const idempotencyParameter = headerParameter(
  "Idempotency-Key",
  "A repeat with the same key and request has the same result. Any text that is unique to the request, such as a UUID.",
  { ...matching(idempotencyKeyPattern), maxLength: limits.idempotencyKeyCharsMax },
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
  queryParameter("cursor", "The `cursor` of the previous page", matching(cursorPattern)),
];
