import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { queryParameter } from "../documents/openapi-parts.ts";

export const pageParameters = [
  queryParameter("limit", "Entries on a page", {
    type: "integer",
    minimum: 1,
    maximum: limits.pageSizeMax,
    default: limits.pageSizeDefault,
  }),
  queryParameter("cursor", "The `cursor` of the page before", { type: "string" }),
];

/** Which page is asked for. A cursor is the last id seen: it stays good while entries come and go. */
export function pageOf(url: URL): Result<{ cursor: string | null; limit: number }, Problem> {
  const limit = url.searchParams.get("limit") ?? String(limits.pageSizeDefault);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > limits.pageSizeMax) {
    return refuse("limit", `limit is a whole number from 1 to ${limits.pageSizeMax}.`);
  }
  const cursor = url.searchParams.get("cursor");
  if (cursor !== null && !/^[a-z]+_\w{1,60}$/.test(cursor)) {
    return refuse(
      "cursor",
      "cursor is what an earlier page said; send it unchanged or leave it out.",
    );
  }
  return ok({ cursor, limit: Number(limit) });
}

const refuse = (option: string, detail: string) =>
  err(problem("invalid-option", detail, { option }));
