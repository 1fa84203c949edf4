import { inTime } from "../../../core/deadline.ts";
import { jobId, parseJobId } from "../../../core/job/job-id.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { ulidTime } from "../../../core/job/ulid-bytes.ts";
import { limits } from "../../../core/limits.ts";
import { DAY } from "../../../core/magnitudes.ts";
import type { Host, PictureBucket } from "../../ports.ts";
import { deletePictures } from "../delete-pictures.ts";
import type { Archive } from "./archive.ts";
import type { Tombstones } from "./tombstones.ts";

interface Parts {
  readonly jobs: { mayHave(id: string): Promise<boolean> };
  readonly tombstones: Pick<Tombstones, "removeOld">;
  readonly archive: Pick<Archive, "abandonUnknown">;
}

/**
 * Pictures without a job: sources of uploads that ended between storing and accepting. They are found by
 * walking the tenant's pictures in the order of the ids, once for each, some time after they were stored.
 */
export class Orphans {
  readonly #host: Host;
  readonly #pictures: PictureBucket;
  readonly #prefix: string;
  readonly #parts: Parts;
  /** In memory too, because every accept asks. */
  #dueAt: number | null;
  /** The day on which that was done last. */
  #tidiedOn: number | null = null;

  constructor(host: Host, pictures: PictureBucket, parts: Parts) {
    const { tenant, region, shard } = parseLedgerName(host.name);
    this.#host = host;
    this.#pictures = pictures;
    this.#prefix = `pictures/${tenant}/${jobId(region, shard, "")}`;
    this.#parts = parts;
    this.#dueAt = this.#stored()?.due ?? null;
  }

  dueAt(): number {
    return this.#dueAt ?? Infinity;
  }

  /** Something may have been stored here: it is looked for when its upload must be over. */
  lookAfter(now: number): void {
    const due = now + limits.orphanMillis;
    if (this.#dueAt === null || this.#dueAt > due) this.#save(this.#stored()?.after ?? "", due);
  }

  /** For the alarm: one page of keys. */
  async sweep(): Promise<void> {
    const now = this.#host.now();
    if (this.dueAt() > now) return;
    const { keys, after, pauseMillis } = await this.#page(now - limits.orphanMillis);
    const orphans: string[] = [];
    for (const [job, some] of Map.groupBy(keys, jobOf)) {
      if (!(await this.#parts.jobs.mayHave(job))) orphans.push(...some);
    }
    const isBehind = await this.#tidy(now);
    if (orphans.length > 0) {
      const { name: ledger, log } = this.#host;
      log.info({ event: "orphans-removed", ledger, pictures: orphans.length });
      await deletePictures(this.#pictures, orphans, this.#host.timers);
    }
    this.#save(after, isBehind ? now : now + pauseMillis);
  }

  /**
   * Once a day, and once in the object's life: removes what else is in R2 without use. True: there may be more of it.
   */
  async #tidy(now: number): Promise<boolean> {
    const day = Math.floor(now / DAY);
    if (day === this.#tidiedOn) return false;
    const { archive, tombstones } = this.#parts;
    await archive.abandonUnknown();
    const isBehind = await tombstones.removeOld(now);
    if (!isBehind) this.#tidiedOn = day;
    return isBehind;
  }

  /** Keys of pictures that are older, from where the last page ended. */
  async #page(olderThan: number) {
    const after = this.#stored()?.after ?? "";
    const listed = this.#pictures.list({
      prefix: this.#prefix,
      limit: limits.listKeysMax,
      startAfter: after || this.#prefix,
    });
    const { objects, truncated } = await inTime(this.#host.timers, limits.storageMillisMax, listed);
    const keys = objects.map(({ key }) => key).filter((key) => timeOf(key) <= olderThan);
    const younger = keys.length < objects.length;
    const more = truncated && !younger;
    const idleMillis = younger ? limits.orphanMillis : limits.orphanSweepMillis;
    return { keys, after: keys.at(-1) ?? after, pauseMillis: more ? 0 : idleMillis };
  }

  #stored(): { after: string; due: number } | undefined {
    return this.#host.storage.sql
      .exec<{ after: string; due: number }>(`SELECT after, due FROM orphan_sweep`)
      .toArray()[0];
  }

  #save(after: string, due: number): void {
    const { sql } = this.#host.storage;
    sql.exec(`DELETE FROM orphan_sweep`);
    sql.exec(`INSERT INTO orphan_sweep (after, due) VALUES (?, ?)`, after, due);
    this.#dueAt = due;
  }
}

const jobOf = (key: string): string => key.split("/")[2] ?? "";

const timeOf = (key: string): number => ulidTime(parseJobId(jobOf(key))?.ulid ?? "");
