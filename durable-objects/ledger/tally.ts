import { monthOf, monthStart, type Month } from "../../core/ledger/usage.ts";
import type { JobStore } from "./jobs/job-store.ts";
import type { UsageStore } from "./usage/usage-store.ts";

/**
 * What admission needs to know of every job at once, kept in memory so that accepting costs the same at
 * a thousand rows as at a million. Rebuilt from storage whenever the object wakes; never the only truth.
 */
export class Tally {
  readonly #jobs: JobStore;
  readonly #usage: UsageStore;
  #month: Month;
  #done: { jobs: number; computeUnits: number };
  #open: { jobs: number; computeUnits: number };

  constructor(jobs: JobStore, usage: UsageStore, now: number) {
    this.#jobs = jobs;
    this.#usage = usage;
    this.#month = monthOf(now);
    this.#done = this.#sumMonth();
    this.#open = this.#jobs.open();
  }

  /** Jobs and units: in flight, and of this month together with those in flight. */
  at(now: number): {
    jobsInFlight: number;
    computeUnitsInFlight: number;
    jobsThisMonth: number;
    computeUnitsThisMonth: number;
  } {
    if (monthOf(now) !== this.#month) {
      this.#month = monthOf(now);
      this.#done = this.#sumMonth();
    }
    return {
      jobsInFlight: this.#open.jobs,
      computeUnitsInFlight: this.#open.computeUnits,
      jobsThisMonth: this.#done.jobs + this.#open.jobs,
      computeUnitsThisMonth: this.#done.computeUnits + this.#open.computeUnits,
    };
  }

  opened(computeUnits: number): void {
    this.#open.jobs += 1;
    this.#open.computeUnits += computeUnits;
  }

  /** Releases what was reserved; `billed` is null for a job that failed. */
  closed(reserved: number, billed: number | null): void {
    this.#open.jobs -= 1;
    this.#open.computeUnits -= reserved;
    if (billed === null) return;
    this.#done.jobs += 1;
    this.#done.computeUnits += billed;
  }

  #sumMonth() {
    const { jobsDone, computeUnits } = this.#usage.sumSince(monthStart(this.#month));
    return { jobs: jobsDone, computeUnits };
  }
}
