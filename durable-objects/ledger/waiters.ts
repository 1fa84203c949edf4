import type { Timers } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";

/** Requests held until a job is settled. Lost with the object; the callers ask again. */
export class Waiters {
  readonly #timers: Timers;
  readonly #byJob = new Map<string, Set<() => void>>();
  #count = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Resolves when the job is settled or the time is up; at once when too many already wait. */
  wait(job: string, millis: number): Promise<void> {
    if (millis <= 0 || this.#count >= limits.waitersMax) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#byJob.get(job) ?? new Set();
      const wake = () => {
        this.#timers.clearTimeout(timer);
        if (!waiting.delete(wake)) return;
        this.#count -= 1;
        if (waiting.size === 0) this.#byJob.delete(job);
        resolve();
      };
      const timer = this.#timers.setTimeout(wake, millis);
      waiting.add(wake);
      this.#byJob.set(job, waiting);
      this.#count += 1;
    });
  }

  has(job: string): boolean {
    return this.#byJob.has(job);
  }

  wake(job: string): void {
    for (const wake of [...(this.#byJob.get(job) ?? [])]) wake();
  }
}
