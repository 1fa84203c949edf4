import type { Job } from "../../../core/job/job.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { limits } from "../../../core/limits.ts";
import type { Archive } from "../archive/archive.ts";
import { toJob, type JobRecord } from "./job-record.ts";
import type { JobStore } from "./job-store.ts";
import type { UsageStore } from "../usage/usage-store.ts";
import type { Waiters } from "../waiters.ts";

/**
 * Jobs as their tenant sees them, wherever they are: here, or in R2 when they have left. What has to be read
 * from there throws `Unavailable` when that fails.
 */
export class JobViews {
  readonly #ledger: string;
  readonly #jobs: JobStore;
  readonly #archive: Archive;
  readonly #waiters: Waiters;
  readonly #usage: Pick<UsageStore, "segmentOf">;

  constructor(
    ledger: string,
    parts: {
      readonly jobs: JobStore;
      readonly archive: Archive;
      readonly waiters: Waiters;
      readonly usage: Pick<UsageStore, "segmentOf">;
    },
  ) {
    this.#ledger = ledger;
    this.#jobs = parts.jobs;
    this.#archive = parts.archive;
    this.#waiters = parts.waiters;
    this.#usage = parts.usage;
  }

  show(record: JobRecord): Job {
    const { tenant } = parseLedgerName(this.#ledger);
    return toJob(record, tenant, (seq) => this.#usage.segmentOf(seq));
  }

  async read(id: string): Promise<Job | null> {
    const record = this.#jobs.find(id) ?? (await this.#archive.find(id));
    return record && !record.deleted ? this.show(record) : null;
  }

  async wait(id: string, millis: number): Promise<Job | null> {
    const job = await this.read(id);
    if (!job || job.settledAt !== null) return job;
    await this.#waiters.wait(id, millis);
    return this.read(id);
  }

  async list(cursor: string | null, limit: number): Promise<Job[]> {
    const count = Math.min(limit, limits.pageSizeMax);
    const here = this.#jobs.page(cursor, count);
    const floor = here.length === count ? (here.at(-1)?.id ?? "") : "";
    const left = await this.#archive.page(floor, cursor ?? afterAllIds, count);
    const page = [...here, ...left].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, count);
    return page.map((record) => this.show(record));
  }

  /** Whether there can be pictures of this job. */
  async mayHave(id: string): Promise<boolean> {
    const record = this.#jobs.find(id);
    return record ? !record.deleted : this.#archive.mayHold(id);
  }
}

/** Sorts behind every job's id. */
const afterAllIds = "~";
