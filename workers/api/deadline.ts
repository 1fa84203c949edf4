import { err, ok, type Result } from "../../core/result.ts";

/**
 * The promise's value, if it comes in `millis`. A rejection and lateness are the same failure to a caller
 * who has another place to ask; what comes late is ignored, a late rejection too.
 */
export async function within<Value>(
  millis: number,
  promise: Promise<Value>,
): Promise<Result<Value, "unreachable">> {
  const late = Promise.withResolvers<Result<Value, "unreachable">>();
  const timer = setTimeout(late.resolve, millis, unreachable);
  try {
    return await Promise.race([promise.then(ok, () => unreachable), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const unreachable = err("unreachable" as const);
