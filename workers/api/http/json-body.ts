import * as z from "zod/mini";
import english from "zod/v4/locales/en.js";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { lengthRequired } from "./body-problems.ts";
import { within } from "../../../core/deadline.ts";

/** A JSON body that matches its schema. No body reads as `{}`. */
export async function readJson<Schema extends z.core.$ZodType>(
  request: Request,
  schema: Schema,
): Promise<Result<z.infer<Schema>, Problem>> {
  const length = request.headers.get("Content-Length");
  if (request.body && length === null) return err(lengthRequired);
  if (Number(length) > limits.jsonBytesMax) {
    return err(
      problem("body-too-large", `A JSON body may have at most ${limits.jsonBytesMax} bytes.`),
    );
  }
  const text = await within(globalThis, limits.uploadMillisMax, request.text());
  if (!text.ok) {
    return err(problem("bad-request", "The body ended early. Send it again."));
  }
  let value: unknown;
  let hasUnsafeName = false;
  try {
    value = JSON.parse(text.value || "{}", (name, item: unknown) => {
      hasUnsafeName ||= name === "__proto__";
      return item;
    });
  } catch (cause) {
    // The stack of the parser ends at some thousand levels.
    const fault = cause instanceof RangeError ? "too deep" : "not JSON";
    return err(problem("bad-request", `The body is ${fault}.`));
  }
  // The library would leave it out without a word.
  if (hasUnsafeName) return err(problem("bad-request", "No field can be named __proto__."));
  const parsed = z.safeParse(schema, value, { error: inEnglish });
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "the body";
  const message = issue?.message ?? "not as described";
  return err(problem("bad-request", `${where}: ${message}`.replace(/[^.?]$/, "$&.")));
}

/** Messages that say what was expected; the small build of the library has none. */
const { localeError } = english();
const inEnglish: typeof localeError = (issue) =>
  issue.input === undefined ? "This field is required" : localeError(issue);
