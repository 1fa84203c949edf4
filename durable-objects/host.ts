import type { Host } from "./ports.ts";

/** The platform as an object's logic sees it. */
export function hostOf(ctx: DurableObjectState): Host {
  const { name } = ctx.id;
  if (!name) throw new Error("these objects are reached by name only");
  return {
    name,
    storage: ctx.storage,
    timers: globalThis,
    log: console,
    now: () => Date.now(),
    random: () => Math.random(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    background: (work) => ctx.waitUntil(work),
    abort: (reason) => ctx.abort(reason),
  };
}
