import { WorkerEntrypoint } from "cloudflare:workers";
import { bound, parseQueueName, picturesBinding, soloBinding } from "../../core/fleet/bindings.ts";
import { expectConfigured } from "../../core/fleet/configuration.ts";
import { placedLedger } from "../../core/fleet/placed-ledger.ts";
import type { RegionName } from "../../core/fleet/topology.ts";
import type {
  ExpressAnswer,
  ExpressAsk,
  ExpressCalls,
  SentFiles,
} from "../../core/job/express-calls.ts";
import { parseLedgerName } from "../../core/job/ledger-address.ts";
import { RetryBudget } from "../../core/retry-budget.ts";
import { engineModules } from "../../engine/modules-worker.ts";
import { prepare } from "../../engine/prepare.ts";
import { createEngine } from "../../engine/render.ts";
import { consume } from "./consume.ts";
import { handBackDeadLetters } from "./dead-letters.ts";
import type { ConsumerEnv } from "./env.ts";
import { ExpressLane, type TaggingStore } from "./express.ts";
import type { ConsumerPorts } from "./ports.ts";
import { RenderTurns } from "./render-turns.ts";

/** One engine an isolate: its instances are reused from batch to batch. */
const engine = new RenderTurns(createEngine(engineModules), globalThis, Date);
const retries = new RetryBudget();
const lane = new ExpressLane();

export default {
  async queue({ queue, messages }, env) {
    const { role, region } = parseQueueName(queue);
    const ports = portsOf(env, region);
    if (role === "dead") return handBackDeadLetters(messages, ports);
    const consumed = consume(messages, ports, { alone: role === "solo" });
    // Its first calls are on their way.
    void prepare(engine);
    return consumed;
  },
} satisfies ExportedHandler<ConsumerEnv>;

export class Express extends WorkerEntrypoint<ConsumerEnv> implements ExpressCalls {
  render(ask: ExpressAsk): Promise<ExpressAnswer> {
    return this.#render(ask, null);
  }

  renderSent(ask: ExpressAsk, sent: SentFiles): Promise<ExpressAnswer> {
    return this.#render(ask, sent);
  }

  #render(ask: ExpressAsk, sent: SentFiles | null): Promise<ExpressAnswer> {
    const { region } = parseLedgerName(ask.ledger);
    const rendering = lane.render(ask, portsOf(this.env, region), sent);
    void prepare(engine);
    // Once begun, it goes on even if the caller is gone: its ledger counts on this consumer.
    this.ctx.waitUntil(rendering);
    return rendering;
  }
}

/** A region's queues carry jobs of its own ledgers only. */
function portsOf(
  env: ConsumerEnv,
  region: RegionName,
): ConsumerPorts & { readonly pictures: TaggingStore } {
  expectConfigured(env, "consumer");
  return {
    ledger: (name) => placedLedger(env, name),
    pictures: bound(env, picturesBinding(region)),
    solo: bound(env, soloBinding(region)),
    engine,
    timers: globalThis,
    log: console,
    retries,
    now: () => Date.now(),
    random: () => Math.random(),
  };
}
