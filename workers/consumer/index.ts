import { RetryBudget } from "../../core/retry-budget.ts";
import { engineModules } from "../../engine/modules-worker.ts";
import { createEngine } from "../../engine/render.ts";
import { consume } from "./consume.ts";
import { handBackDeadLetters } from "./dead-letters.ts";
import type { ConsumerEnv } from "./env.ts";
import type { ConsumerPorts } from "./ports.ts";

/** One engine an isolate: its instances are reused from batch to batch. */
const engine = createEngine(engineModules);
const retries = new RetryBudget();

export default {
  async queue({ queue, messages }, env) {
    const ports = portsOf(env);
    switch (queue) {
      case "minilab-jobs":
        return consume(messages, ports, { alone: false });
      case "minilab-solo":
        return consume(messages, ports, { alone: true });
      case "minilab-dead":
        return handBackDeadLetters(messages, ports);
      default:
        throw new Error(`no way to consume ${queue}`);
    }
  },
} satisfies ExportedHandler<ConsumerEnv>;

function portsOf(env: ConsumerEnv): ConsumerPorts {
  return {
    ledger: (name) => env.LEDGER.getByName(name),
    pictures: env.PICTURES,
    solo: env.SOLO,
    engine,
    timers: globalThis,
    log: console,
    retries,
    now: () => Date.now(),
    random: () => Math.random(),
  };
}
