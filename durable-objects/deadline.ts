/**
 * The promise's value, or an error when it does not come in `millis`: an object serves many, so one call
 * outside that never ends must not hold up the others. What comes late is ignored.
 */
export async function inTime<Value>(millis: number, promise: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${millis} ms`)), millis);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
