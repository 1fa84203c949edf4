import { inTime } from "../../../core/deadline.ts";
import { parseJobId } from "../../../core/job/job-id.ts";
import { deletedJob, tombstoneKey, tombstonesPrefix } from "../../../core/job/tombstone.ts";
import { ulidTime } from "../../../core/job/ulid-bytes.ts";
import { limits } from "../../../core/limits.ts";
import type { Host, PictureBucket } from "../../ports.ts";
import type { Terms } from "../admission/terms.ts";
import { deletePictures } from "../delete-pictures.ts";
import type { JobStore } from "../jobs/job-store.ts";

interface Parts {
  readonly pictures: PictureBucket;
  readonly jobs: Pick<JobStore, "find">;
  readonly terms: Pick<Terms, "retentionMillis">;
}

/**
 * Which jobs were deleted, in R2, where a backup does not reach: a ledger that was restored deletes them again. A
 * tombstone stays as long as its job would have stayed.
 */
export class Tombstones {
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #prefix: string;
  /** The last one that was looked at, while a restored ledger goes through them; null: it has nothing to go through. */
  #after: string | null;

  constructor(host: Host, parts: Parts) {
    this.#host = host;
    this.#parts = parts;
    this.#prefix = tombstonesPrefix(host.name);
    const { sql } = host.storage;
    const [row] = sql.exec<{ after: string }>(`SELECT after FROM deleted_again`).toArray();
    this.#after = row?.after ?? null;
  }

  async put(jobs: readonly string[]): Promise<void> {
    const { timers, name } = this.#host;
    const puts = jobs.map((job) =>
      this.#parts.pictures.put(tombstoneKey(name, job), new Uint8Array(0)),
    );
    await inTime(timers, limits.storageMillisMax, Promise.all(puts));
  }

  /** The ledger was restored. Part of the caller's transaction. */
  request(): void {
    this.#save("");
  }

  dueAt(now: number): number {
    return this.#after === null ? Infinity : now;
  }

  /** For the alarm: deletes again what a page of tombstones names. Safe to repeat. */
  async deleteAgain(remove: (job: string) => Promise<unknown>): Promise<void> {
    if (this.#after === null) return;
    const since = this.#host.now();
    const { keys, truncated } = await this.#page(this.#after);
    for (const key of keys) {
      const job = deletedJob(key);
      if (!this.#parts.jobs.find(job)?.deleted) await remove(job);
      // Overdue jobs do not wait for slow storage.
      if (Math.abs(this.#host.now() - since) >= limits.storageMillisMax) return this.#save(key);
    }
    this.#save(truncated ? (keys.at(-1) ?? null) : null);
  }

  /** Removes a page of those that are as old as a job may become. True: there may be more of them. */
  async removeOld(now: number): Promise<boolean> {
    const { keys, truncated } = await this.#page("");
    const oldest = now - this.#parts.terms.retentionMillis();
    const old = keys.filter((key) => timeOf(key) <= oldest);
    await deletePictures(this.#parts.pictures, old, this.#host.timers);
    return truncated && old.length === keys.length;
  }

  async #page(after: string) {
    const listed = this.#parts.pictures.list({
      prefix: this.#prefix,
      limit: limits.purgeBatchMax,
      startAfter: after || this.#prefix,
    });
    const { objects, truncated } = await inTime(this.#host.timers, limits.storageMillisMax, listed);
    return { keys: objects.map(({ key }) => key), truncated };
  }

  #save(after: string | null): void {
    const { sql } = this.#host.storage;
    sql.exec(`DELETE FROM deleted_again`);
    if (after !== null) sql.exec(`INSERT INTO deleted_again (after) VALUES (?)`, after);
    this.#after = after;
  }
}

const timeOf = (key: string): number => ulidTime(parseJobId(deletedJob(key))?.ulid ?? "");
