import * as progress from "../../../core/ledger/progress.ts";
import type { UsageEvent } from "../../../core/ledger/usage.ts";
import { problem } from "../../../core/problem.ts";
import type { Settling } from "../settling.ts";
import type { JobStore } from "./job-store.ts";

/**
 * What becomes of jobs that are open in a backup from which their ledger was restored. What happened to them since is
 * forgotten, except for what the books hold. Runs inside the caller's transaction.
 */
export class RestoredJobs {
  readonly #jobs: JobStore;
  readonly #settling: Settling;

  constructor(parts: { readonly jobs: JobStore; readonly settling: Settling }) {
    this.#jobs = parts.jobs;
    this.#settling = parts.settling;
  }

  /** They are done from the beginning, and have as long for that as new ones. */
  beginAgain(now: number): void {
    this.#jobs.renewOpen(progress.deadlineFrom(now));
  }

  /**
   * Those that were done while their callers held the pictures cannot be done again: they are as unknown as jobs that
   * were accepted after the backup. Their callers have what they asked for.
   */
  forgetHeld(events: readonly UsageEvent[]): void {
    for (const { job, outcome } of events) {
      const record = outcome === "done" ? this.#jobs.find(job) : null;
      if (record?.progress.held) this.#jobs.forgetOpen(job);
    }
  }

  /**
   * Those that the books hold as failed end so. The others are done again, since it is not known where their pictures
   * lie.
   */
  failAgain(events: readonly UsageEvent[], now: number): void {
    for (const { job, outcome } of events) {
      const record = outcome === "failed" ? this.#jobs.find(job) : null;
      if (record && record.progress.due !== null) this.#settling.fail(record, failedBefore, now);
    }
  }
}

const failedBefore = problem(
  "internal",
  "The job failed. The record of why was lost when its ledger was restored from a backup. Nothing is billed; send it again.",
);
