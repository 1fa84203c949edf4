import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";

/**
 * Bodies are read as they are. A compressed one would be taken for a damaged picture, so it is refused
 * first (RFC 9110 §15.5.16); pictures are compressed already.
 */
export function plainEncoding(headers: Headers): Result<null, Problem> {
  const encoding = headers.get("Content-Encoding") ?? "";
  if (encoding === "" || encoding.toLowerCase() === "identity") return ok(null);
  return err(problem("unsupported-encoding", "Send the body without Content-Encoding."));
}
