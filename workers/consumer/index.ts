import { engineModules } from "../../engine/modules-worker.ts";
import { createEngine } from "../../engine/render.ts";
import { bury } from "./dead-letters.ts";
import { consume } from "./consume.ts";
import type { ConsumerEnv } from "./env.ts";

/** One engine an isolate: its instances are reused from batch to batch. */
const engine = createEngine(engineModules);

export default {
  async queue(batch, env) {
    switch (batch.queue) {
      case "minilab-jobs":
        return consume(batch, env, engine, { alone: false });
      case "minilab-solo":
        return consume(batch, env, engine, { alone: true });
      case "minilab-dead":
        return bury(batch, env);
      default:
        throw new Error(`no way to consume ${batch.queue}`);
    }
  },
} satisfies ExportedHandler<ConsumerEnv>;
