import type { JobCost } from "../../../core/ledger/caps.ts";
import { monthOf, monthStart, type Month } from "../../../core/ledger/usage.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { UsageStore } from "../usage/usage-store.ts";

/**
 * What admission needs to know of every job at once, kept in memory so that accepting costs the same at
 * a thousand rows as at a million. Rebuilt from storage whenever the object wakes; never the only truth.
 */
export class Tally {
  readonly #jobs: JobStore;
  readonly #usage: UsageStore;
  #month: Month;
  #done: Counts;
  #open: Counts;

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
    outputsThisMonth: number;
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
      outputsThisMonth: this.#done.outputs + this.#open.outputs,
    };
  }

  /** Hours or jobs have changed otherwise than by `opened` and `closed`. */
  recount(): void {
    this.#open = this.#jobs.open();
    this.#done = this.#sumMonth();
  }

  opened(cost: JobCost): void {
    this.#open = added(this.#open, cost, 1);
  }

  /** Releases what was reserved; `billed` is null for a job that failed. */
  closed(reserved: JobCost, billed: JobCost | null): void {
    this.#open = added(this.#open, reserved, -1);
    if (billed !== null) this.#done = added(this.#done, billed, 1);
  }

  /** Only of what is limited: a month of pixels may be more than a number holds exactly. */
  #sumMonth(): Counts {
    const hours = this.#usage.hours.between(monthStart(this.#month), Number.MAX_SAFE_INTEGER);
    const sum = (name: "jobsDone" | "computeUnits" | "outputs") =>
      hours.reduce((total, { totals }) => total + totals[name], 0);
    return { jobs: sum("jobsDone"), computeUnits: sum("computeUnits"), outputs: sum("outputs") };
  }
}

interface Counts extends JobCost {
  readonly jobs: number;
}

const added = (counts: Counts, cost: JobCost, times: 1 | -1): Counts => ({
  jobs: counts.jobs + times,
  computeUnits: counts.computeUnits + times * cost.computeUnits,
  outputs: counts.outputs + times * cost.outputs,
});
