import { limitsOf, type ChosenLimits } from "../../../../core/identity/tenant-limits.ts";
import type { AcceptAnswer } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** Four shards of one tenant, which reach one another while `isUp`. */
export class FourShards {
  readonly all: readonly LedgerWorld[];
  isUp = true;
  /** Answers of the first shard that get lost. */
  losesAnswers = false;
  asks = 0;
  readonly #granted: ReturnType<typeof limitsOf>;

  constructor(chosen: ChosenLimits) {
    this.#granted = limitsOf("custom", { requestsPerSecond: 1000, burst: 4000, ...chosen });
    const first = new LedgerWorld();
    const source = {
      lease: async (...given: Parameters<LedgerWorld["ledger"]["lease"]>) => {
        this.asks += 1;
        if (!this.isUp) throw new Error("the first shard is away");
        const lease = structuredClone(first.ledger.lease(...structuredClone(given)));
        if (this.losesAnswers) throw new Error("the answer is lost");
        return lease;
      },
    };
    this.all = [first, ...[1, 2, 3].map((shard) => new LedgerWorld(shard, source))];
  }

  async ask(shard: number): Promise<AcceptAnswer> {
    const world = this.of(shard);
    const map = [
      { shards: 1, since: 0 },
      { shards: 4, since: world.now },
    ];
    return world.ledger.accept(world.request({ limits: this.#granted, shards: map }));
  }

  /** Ids of those that are let in. */
  async accepted(asked: readonly number[]): Promise<string[]> {
    const answers = await Promise.all(asked.map((shard) => this.ask(shard)));
    return answers.flatMap(({ verdict }) => (verdict.ok ? [verdict.value.job.id] : []));
  }

  of(shard: number): LedgerWorld {
    const world = this.all[shard];
    if (!world) throw new Error(`no shard ${shard}`);
    return world;
  }

  async pass(millis: number): Promise<void> {
    for (const world of this.all) await world.ring(millis);
  }

  /** What is in flight and what the month has, of all shards. */
  used(): { inFlight: number; jobs: number } {
    const rows = this.all.flatMap((world) =>
      world.rows<{ status: string }>(`SELECT status FROM jobs`),
    );
    const open = rows.filter(({ status }) => status !== "done" && status !== "failed").length;
    return { inFlight: open, jobs: rows.length };
  }
}

/** Shards that are asked in turn. */
export const everywhere = (count: number) => Array.from({ length: count }, (_, index) => index % 4);

/** Its jobs that have not ended. */
export const openIn = (world: LedgerWorld) =>
  world.rows<{ id: string }>(`SELECT id FROM jobs WHERE status NOT IN ('done', 'failed')`);
