import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";

/** Of any list: an id, for whatever the list is of. */
export const cursorPattern = /^[a-z]+_\w{1,64}$/;

/** The page that the query asks for. A cursor is the last id seen, so it stays valid while entries come and go. */
export function pageOf(url: URL): Result<{ cursor: string | null; limit: number }, Problem> {
  const limit = url.searchParams.get("limit") ?? String(limits.pageSizeDefault);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > limits.pageSizeMax) {
    return refuse("limit", `limit must be a whole number from 1 to ${limits.pageSizeMax}.`);
  }
  const cursor = url.searchParams.get("cursor");
  if (cursor !== null && !cursorPattern.test(cursor)) {
    return refuse(
      "cursor",
      "Send the cursor of an earlier page unchanged, or leave it out for the first page.",
    );
  }
  return ok({ cursor, limit: Number(limit) });
}

const refuse = (option: string, detail: string) =>
  err(problem("invalid-option", detail, { option }));
