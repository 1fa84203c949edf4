import * as z from "zod/mini";
import { limits } from "../../core/limits.ts";
import { problem, type Problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";

/** A JSON body that fits its schema. No body at all reads as `{}`. */
export async function readJson<Schema extends z.core.$ZodType>(
  request: Request,
  schema: Schema,
): Promise<Result<z.infer<Schema>, Problem>> {
  const length = Number(request.headers.get("Content-Length") ?? 0);
  if (length > limits.jsonBytesMax) {
    return err(problem("body-too-large", `A JSON body may have ${limits.jsonBytesMax} bytes.`));
  }
  const text = await request.text().catch(() => null);
  if (text === null || text.length > limits.jsonBytesMax) {
    return err(problem("bad-request", "The body could not be read whole. Send it again."));
  }
  let value: unknown;
  try {
    value = JSON.parse(text || "{}");
  } catch {
    return err(problem("bad-request", "The body is not JSON."));
  }
  const parsed = z.core.safeParse(schema, value);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "the body";
  return err(problem("bad-request", `${where}: ${issue?.message ?? "not as described"}.`));
}
