import { inTime } from "../../core/deadline.ts";
import { originalsPrefix } from "../../core/delivery/original.ts";
import { fetchedPrefix } from "../../core/delivery/remote/fetched-keys.ts";
import {
  tagsPrefix,
  tenantRenditionsPrefix,
  uploadGrantsPrefix,
} from "../../core/delivery/storage-prefixes.ts";
import { jobId } from "../../core/job/job-id.ts";
import { parseLedgerName } from "../../core/job/ledger-address.ts";
import { tombstonesPrefix } from "../../core/job/tombstone.ts";
import { limits } from "../../core/limits.ts";
import { problem } from "../../core/problem.ts";
import type { Host, PictureBucket } from "../ports.ts";
import type { Terms } from "./admission/terms.ts";
import type { Replays } from "./archive/replays.ts";
import type { Atomically } from "./atomically.ts";
import { deletePictures } from "./delete-pictures.ts";
import type { JobStore } from "./jobs/job-store.ts";
import type { Originals } from "./originals/originals.ts";
import type { Settling } from "./settling.ts";

interface Parts {
  readonly pictures: PictureBucket;
  readonly terms: Terms;
  readonly jobs: JobStore;
  readonly replays: Replays;
  readonly settling: Settling;
  readonly originals: Pick<Originals, "clear">;
  readonly atomically: Atomically;
}

/**
 * What a deleted tenant leaves behind: open jobs are cancelled, idempotency keys forgotten, and every picture
 * of the tenant in this ledger's region is removed, with tags and upload addresses, a page of keys with each alarm. Rows
 * go because their retention is over. Usage stays: it has to be billed. What consumers may still write is removed by a
 * second round after the longest that one can live.
 */
export class Deletion {
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #prefixes: readonly string[];
  /** How many rounds are over, and when the last one was. */
  #done: { readonly rounds: number; readonly at: number };

  constructor(host: Host, parts: Parts) {
    const { tenant, region, shard } = parseLedgerName(host.name);
    this.#host = host;
    this.#parts = parts;
    this.#prefixes = [
      `pictures/${tenant}/${jobId(region, shard, "")}`,
      originalsPrefix(tenant),
      fetchedPrefix(tenant),
      tenantRenditionsPrefix(tenant),
      tagsPrefix(tenant),
      uploadGrantsPrefix(tenant),
      tombstonesPrefix(host.name),
    ];
    const [row] = host.storage.sql
      .exec<{ rounds: number; at: number }>(`SELECT rounds, at FROM deletion`)
      .toArray();
    this.#done = row ?? { rounds: 0, at: 0 };
  }

  dueAt(now: number): number {
    if (this.#parts.terms.known().status !== "deleted") return Infinity;
    const { rounds, at } = this.#done;
    if (rounds === 0) return now;
    return rounds === 1 ? at + limits.lateWriteMillisMax : Infinity;
  }

  /** For the alarm. Safe to repeat. */
  async work(): Promise<void> {
    const now = this.#host.now();
    if (this.dueAt(now) > now) return;
    const cancelled = this.#cancelOpen(now);
    this.#parts.replays.clear();
    this.#parts.originals.clear();
    const removed = await this.#removePictures();
    if (cancelled + removed > 0) return;
    this.#done = { rounds: this.#done.rounds + 1, at: now };
    const { sql } = this.#host.storage;
    sql.exec(`DELETE FROM deletion`);
    sql.exec(`INSERT INTO deletion (rounds, at) VALUES (?, ?)`, this.#done.rounds, now);
    const { name: ledger, log } = this.#host;
    log.info({ event: "tenant-data-removed", ledger, round: this.#done.rounds });
  }

  #cancelOpen(now: number): number {
    const { jobs, settling, atomically } = this.#parts;
    return atomically(() => {
      const open = jobs.overdue(always, always, limits.overdueBatchMax);
      for (const record of open) settling.fail(record, tenantDeleted, now);
      return open.length;
    });
  }

  /** The first page of keys that there is under any of the prefixes. */
  async #removePictures(): Promise<number> {
    const { pictures } = this.#parts;
    const { timers } = this.#host;
    for (const prefix of this.#prefixes) {
      const listed = pictures.list({ prefix, limit: limits.listKeysMax });
      const { objects } = await inTime(timers, limits.storageMillisMax, listed);
      if (objects.length === 0) continue;
      const keys = objects.map(({ key }) => key);
      await deletePictures(pictures, keys, timers);
      return keys.length;
    }
    return 0;
  }
}

/** Every open job is due by then. */
const always = Number.MAX_SAFE_INTEGER;

const tenantDeleted = problem("cancelled", "The tenant was deleted before the job was finished.");
