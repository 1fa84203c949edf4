import { limits } from "./limits.ts";

/**
 * How often one isolate may call again: a tenth of the calls that succeed, and a few to begin with. When a
 * dependency is down, retries make it worse; once the budget is spent, each call is made only once.
 */
export class RetryBudget {
  #retries: number = limits.retriesHeldMax;

  succeeded(): void {
    this.#retries = Math.min(limits.retriesHeldMax, this.#retries + limits.retriesPerSuccess);
  }

  /** Takes a retry; false: there is none left. */
  take(): boolean {
    if (this.#retries < 1) return false;
    this.#retries -= 1;
    return true;
  }
}
