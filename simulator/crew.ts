import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Campaign } from "./campaign.ts";
import type { Outcome } from "./simulate.ts";

/** Seeds for each thread below which it is not worth starting: loading the code takes a second. */
const seedsForThread = 20;

/** Threads that each run one world at a time. */
export class Crew {
  readonly #workers: readonly Worker[];

  private constructor(count: number, campaign: Campaign) {
    const main = join(import.meta.dirname, "crew-member.ts");
    this.#workers = Array.from(
      { length: count },
      () => new Worker(main, { workerData: campaign satisfies CrewOrders }),
    );
  }

  /** Null when the campaign is too small for more than this thread. */
  static of(campaign: Campaign): Crew | null {
    const count = Math.min(campaign.threads, Math.floor(campaign.seeds / seedsForThread));
    return count > 1 ? new Crew(count, campaign) : null;
  }

  /** Lets `lane` hand out seeds to every thread until it returns. */
  async work(lane: (run: (seed: number) => Promise<Outcome>) => Promise<void>): Promise<void> {
    try {
      await Promise.all(this.#workers.map((worker) => lane((seed) => ask(worker, seed))));
    } finally {
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    }
  }
}

/** What a thread must know to run a seed. */
export type CrewOrders = Pick<Campaign, "steps" | "scenario" | "without">;

function ask(worker: Worker, seed: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.postMessage(seed);
  });
}
