import { parseLedgerName } from "../../core/job/ledger-address.ts";
import { loserKeys, pictureKeys } from "../../core/job/picture-key.ts";
import { hourOf } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import type { Host, PictureBucket } from "../ports.ts";
import type { Terms } from "./admission/terms.ts";
import type { Tombstones } from "./archive/tombstones.ts";
import { deletePictures } from "./delete-pictures.ts";
import { outputsAsked, type JobRecord } from "./jobs/job-record.ts";
import type { JobStore } from "./jobs/job-store.ts";
import type { UsageStore } from "./usage/usage-store.ts";

/** What the alarm removes: what late consumers left behind, and what is past its retention. */
export class Upkeep {
  readonly #host: Host;
  readonly #tenant: string;
  readonly #jobs: JobStore;
  readonly #usage: UsageStore;
  readonly #pictures: PictureBucket;
  readonly #terms: Pick<Terms, "retentionMillis">;
  readonly #tombstones: Pick<Tombstones, "put">;

  constructor(
    host: Host,
    parts: {
      readonly jobs: JobStore;
      readonly usage: UsageStore;
      readonly pictures: PictureBucket;
      readonly terms: Pick<Terms, "retentionMillis">;
      readonly tombstones: Pick<Tombstones, "put">;
    },
  ) {
    this.#host = host;
    this.#tenant = parseLedgerName(host.name).tenant;
    this.#jobs = parts.jobs;
    this.#usage = parts.usage;
    this.#pictures = parts.pictures;
    this.#terms = parts.terms;
    this.#tombstones = parts.tombstones;
  }

  /** At once, for a job that was deleted just now. If storage does not answer, the alarm goes on with it. */
  async sweepJob(id: string): Promise<void> {
    const record = this.#jobs.find(id);
    if (!record) return;
    try {
      await this.#sweep([record]);
    } catch (cause) {
      this.#host.log.warn({ event: "pictures-not-deleted", job: id, cause: String(cause) });
    }
  }

  /** Removes what settled jobs left, except what was settled, once their consumers can no longer write. */
  async sweep(): Promise<void> {
    await this.#sweep(this.#jobs.toSweep(this.#host.now(), limits.purgeBatchMax));
  }

  async purge(): Promise<void> {
    const now = this.#host.now();
    this.#usage.hours.forgetBefore(hourOf(now - limits.usageRetentionMillis));
    const old = this.#jobs.oldestSettled(now - this.#terms.retentionMillis(), limits.purgeBatchMax);
    await this.#delete(old.flatMap((record) => this.#everyKeyOf(record)));
    this.#jobs.purge(old.map(({ id }) => id));
  }

  async #sweep(records: readonly JobRecord[]): Promise<void> {
    const keys = records.flatMap((record) => {
      if (record.deleted) return this.#everyKeyOf(record);
      // A failed job shows no rendition, so all of them are losers.
      const winner = record.progress.status === "done" ? record.winner : noAttempt;
      return loserKeys(this.#tenant, record.id, { ...tracesOf(record), winner });
    });
    const deleted = records.filter((record) => record.deleted).map(({ id }) => id);
    await Promise.all([this.#delete(keys), this.#tombstones.put(deleted)]);
    const now = this.#host.now();
    for (const { id, settledAt } of records) {
      // Its consumers may still write until then.
      const quietAt = (settledAt ?? now) + limits.lateWriteMillisMax;
      this.#jobs.setSweep(id, quietAt > now ? quietAt : null);
    }
  }

  #everyKeyOf(record: JobRecord): string[] {
    return pictureKeys(this.#tenant, record.id, tracesOf(record));
  }

  #delete(keys: readonly string[]): Promise<void> {
    return deletePictures(this.#pictures, keys, this.#host.timers);
  }
}

/** The number of no attempt: they count from 1. */
const noAttempt = 0;

function tracesOf({ progress, spec }: JobRecord) {
  return { attempts: progress.claims, outputs: outputsAsked(spec) };
}
