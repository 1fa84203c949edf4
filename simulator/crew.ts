import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Orders } from "./orders.ts";
import type { Outcome } from "./simulate.ts";

/** Seeds for each thread below which it is not worth starting: loading the code takes a second. */
const seedsForThread = 20;

/** Threads that each run one world at a time. */
export class Crew {
  readonly #workers: readonly Worker[];

  private constructor(count: number, orders: Orders) {
    const main = join(import.meta.dirname, "crew-member.ts");
    this.#workers = Array.from({ length: count }, () => new Worker(main, { workerData: orders }));
  }

  /** Null when the campaign is too small for more than this thread. */
  static of(threads: number, seeds: number, orders: Orders): Crew | null {
    const count = Math.min(threads, Math.floor(seeds / seedsForThread));
    return count > 1 ? new Crew(count, orders) : null;
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

function ask(worker: Worker, seed: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.postMessage(seed);
  });
}
