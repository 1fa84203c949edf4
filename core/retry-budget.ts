import { limits } from "./limits.ts";

/**
 * How often one isolate may call again: a tenth of the calls that succeed, and a few to begin with. When a
 * dependency is down, everybody who retries makes it worse; with the budget spent, each call is made once.
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
