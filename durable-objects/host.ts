import { expectConfigured } from "../core/fleet/configuration.ts";
import type { Host } from "./ports.ts";

/** The platform as an object's logic sees it. Throws with all that is wrong where its Worker's configuration is broken. */
export function hostOf(ctx: DurableObjectState, env: object): Host {
  expectConfigured(env, "objects");
  const name = nameOf(ctx);
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

/** Where a caller in another local process reaches an object by its id, the object knows its name from before. */
function nameOf({ id, storage }: DurableObjectState): string {
  const kept = storage.kv.get<string>("name");
  const name = id.name ?? kept;
  if (!name) throw new Error("these objects are reached by name only");
  if (kept === undefined) storage.kv.put("name", name);
  return name;
}
