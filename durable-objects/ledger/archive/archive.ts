import { inTime } from "../../../core/deadline.ts";
import {
  archiveKey,
  archiveNumber,
  archivesPrefix,
  parseArchive,
  serializeArchive,
} from "../../../core/ledger/archive.ts";
import { parseJobId } from "../../../core/job/job-id.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { pictureKeys } from "../../../core/job/picture-key.ts";
import { ulidTime } from "../../../core/job/ulid-bytes.ts";
import { limits } from "../../../core/limits.ts";
import { Unavailable } from "../../../core/unavailable.ts";
import type { Host, PictureBucket } from "../../ports.ts";
import type { Terms } from "../admission/terms.ts";
import type { Atomically } from "../atomically.ts";
import { deletePictures } from "../delete-pictures.ts";
import { archivedOf, recordOf, type JobRecord } from "../jobs/job-record.ts";
import type { JobStore } from "../jobs/job-store.ts";
import { ArchiveStore, type Batch } from "./archive-store.ts";
import type { Replays } from "./replays.ts";
import type { Tombstones } from "./tombstones.ts";

interface Parts {
  readonly host: Host;
  readonly pictures: PictureBucket;
  readonly settledRowsMax?: number;
  readonly jobs: JobStore;
  readonly replays: Replays;
  readonly tombstones: Pick<Tombstones, "put">;
  readonly terms: Pick<Terms, "retentionMillis">;
  readonly atomically: Atomically;
}

/**
 * Where settled jobs go when the ledger holds enough of them: in batches into R2, so that the ledger itself
 * is bounded by what is open. Of each stays its idempotency record; the rest is read back from here.
 */
export class Archive {
  readonly #parts: Parts;
  readonly #store: ArchiveStore;
  readonly #settledRowsMax: number;
  /** The batch that was read last: lists and deletions ask for one after the other. */
  #lastRead: { readonly number: number; readonly jobs: readonly JobRecord[] } | null = null;
  #triedAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#store = new ArchiveStore(parts.host.storage.sql);
    this.#settledRowsMax = parts.settledRowsMax ?? limits.settledRowsMax;
    this.#store.abandonUnfinished(parts.host.now());
  }

  /** When there is something to do; `Infinity`: never, as things are. */
  dueAt(now: number): number {
    const oldest = this.#store.oldest();
    const abandonedAt = this.#store.earliestAbandoned();
    return Math.min(
      this.#mayLeave() ? Math.max(now, this.#triedAt + limits.archivePauseMillis) : Infinity,
      oldest ? idTime(oldest.last) + this.#parts.terms.retentionMillis() : Infinity,
      abandonedAt === null ? Infinity : abandonedAt + limits.lateWriteMillisMax,
    );
  }

  #mayLeave(): boolean {
    return this.#parts.jobs.settledCount() > this.#settledRowsMax;
  }

  async find(id: string): Promise<JobRecord | null> {
    if (this.#store.isGone(id)) return null;
    for (const batch of this.#store.holding(id)) {
      const found = (await this.#read(batch)).find((job) => job.id === id);
      if (found) return found;
    }
    return null;
  }

  /** Whether the job is here, or may be on a line that cannot be read. */
  async mayHold(id: string): Promise<boolean> {
    if (this.#store.isGone(id)) return false;
    for (const batch of this.#store.holding(id)) {
      const jobs = await this.#read(batch);
      if (jobs.length < batch.count || jobs.some((job) => job.id === id)) return true;
    }
    return false;
  }

  /** Newest first: up to `limit` jobs with ids between both, both excluded. */
  async page(floor: string, before: string, limit: number): Promise<JobRecord[]> {
    const batches = this.#store.between(floor, before);
    let found: JobRecord[] = [];
    for (const [index, batch] of batches.entries()) {
      const jobs = (await this.#read(batch)).filter(
        ({ id }) => id > floor && id < before && !this.#store.isGone(id),
      );
      found = [...found, ...jobs].toSorted(newestFirst).slice(0, limit);
      const last = found[limit - 1];
      const next = batches[index + 1];
      if (last && (!next || next.last < last.id)) break;
    }
    return found;
  }

  /** Removes the pictures of a job that has left, then the job. False: it is not here. */
  async remove(id: string): Promise<boolean> {
    if (this.#store.isGone(id)) return true;
    for (const batch of this.#store.holding(id)) {
      const found = (await this.#read(batch)).find((job) => job.id === id);
      if (!found) continue;
      await Promise.all([this.#deletePictures([found]), this.#parts.tombstones.put([id])]);
      this.#parts.atomically(() => this.#store.markGone(id, batch));
      return true;
    }
    return false;
  }

  /** For the alarm: one batch out, one batch whose time is over away. */
  async work(): Promise<void> {
    await this.#leave();
    await this.#purge();
    await this.#clear();
  }

  /**
   * Batches that were stored after the backup from which the ledger was restored: it holds their jobs itself, or does
   * not know them. They go as those do that were given up.
   */
  async abandonUnknown(): Promise<void> {
    const { host, pictures } = this.#parts;
    const listed = pictures.list({
      prefix: archivesPrefix(host.name),
      startAfter: archiveKey(host.name, this.#store.lastNumber()),
      limit: limits.listKeysMax,
    });
    const { objects } = await inTime(host.timers, limits.storageMillisMax, listed);
    const now = host.now();
    this.#parts.atomically(() => {
      // One that was begun meanwhile is known.
      const unknown = objects
        .map(({ key }) => archiveNumber(key))
        .filter((number) => number > this.#store.lastNumber());
      for (const number of unknown) this.#store.found(number, now);
    });
  }

  /** intent → put → note. A crash in between leaves an object that is removed later and never read. */
  async #leave(): Promise<void> {
    const { host, jobs, atomically } = this.#parts;
    const now = host.now();
    if (!this.#mayLeave()) return;
    if (now < this.#triedAt + limits.archivePauseMillis && now >= this.#triedAt) return;
    const leaving = closeTogether(
      jobs.oldestQuiet(now - limits.lateWriteMillisMax, limits.archiveJobsMax),
    );
    if (leaving.length === 0) {
      this.#triedAt = now;
      return;
    }
    const number = atomically(() => this.#store.begin(now));
    const kept = leaving.filter(({ deleted }) => !deleted);
    try {
      if (kept.length > 0) await this.#put(number, kept);
    } catch (cause) {
      this.#triedAt = now;
      this.#store.abandon(number, host.now());
      throw cause;
    }
    atomically(() => this.#noteLeft(number, leaving, kept));
    // Those that come next leave together: each batch costs an object and some rows.
    if (leaving.length < limits.archiveJobsMax) this.#triedAt = now;
  }

  async #put(number: number, jobs: readonly JobRecord[]): Promise<void> {
    const { host, pictures } = this.#parts;
    const bytes = serializeArchive(host.name, jobs.map(archivedOf));
    const put = pictures.put(archiveKey(host.name, number), bytes);
    await inTime(host.timers, limits.storageMillisMax, put);
  }

  #noteLeft(number: number, leaving: readonly JobRecord[], kept: readonly JobRecord[]): void {
    const { host, jobs, replays } = this.#parts;
    const first = kept[0]?.id ?? "";
    const last = kept.at(-1)?.id ?? "";
    const batch = { number, first, last, count: kept.length };
    if (kept.length > 0) this.#store.stored(batch, host.now());
    else this.#store.remove(number);
    for (const { id, idempotency, fingerprint, deleted } of leaving) {
      const ulid = parseJobId(id)?.ulid;
      if (idempotency && fingerprint && ulid) replays.add(idempotency, fingerprint, ulid);
      // Deleted while it was being written.
      if (!deleted && jobs.find(id)?.deleted) this.#store.markGone(id, batch);
    }
    jobs.purge(leaving.map(({ id }) => id));
    replays.turn(leaving.length * limits.replaysTurned);
  }

  async #purge(): Promise<void> {
    const { host, atomically, terms } = this.#parts;
    const batch = this.#store.oldest();
    if (!batch) return;
    const over = idTime(batch.last) + terms.retentionMillis() <= host.now();
    if (!over && batch.gone < batch.count) return;
    if (over) await this.#deletePictures(await this.#read(batch));
    await this.#deleteObjects([batch.number]);
    atomically(() => this.#store.remove(batch.number));
  }

  /** Objects of batches that were given up, once no put can land late. */
  async #clear(): Promise<void> {
    const { host, atomically } = this.#parts;
    const numbers = this.#store.abandonedBefore(host.now() - limits.lateWriteMillisMax);
    if (numbers.length === 0) return;
    await this.#deleteObjects(numbers);
    atomically(() => this.#store.forgetAbandoned(numbers));
  }

  async #read(batch: Batch): Promise<readonly JobRecord[]> {
    const { number } = batch;
    if (this.#lastRead?.number === number) return this.#lastRead.jobs;
    const { host, pictures } = this.#parts;
    const load = async () => {
      const object = await pictures.get(archiveKey(host.name, number));
      return object && new Uint8Array(await object.arrayBuffer());
    };
    const bytes = await inTime(host.timers, limits.storageMillisMax, load()).catch(
      (cause: unknown) => {
        throw new Unavailable(`settled jobs could not be read: ${String(cause)}`);
      },
    );
    const { jobs, damaged } = parseArchive(bytes ?? new Uint8Array(0));
    const missing = batch.count - jobs.length;
    if (missing > 0) {
      host.log.error({ event: "archive-damaged", ledger: host.name, number, missing, damaged });
    }
    const records = jobs.map(recordOf);
    this.#lastRead = { number, jobs: records };
    return records;
  }

  #deletePictures(jobs: readonly JobRecord[]): Promise<void> {
    const { pictures, host } = this.#parts;
    const { tenant } = parseLedgerName(host.name);
    const keys = jobs.flatMap(({ id, progress, spec }) =>
      pictureKeys(tenant, id, { attempts: progress.claims, outputs: spec.outputs ?? 0 }),
    );
    return deletePictures(pictures, keys, host.timers);
  }

  #deleteObjects(numbers: readonly number[]): Promise<void> {
    const { pictures, host } = this.#parts;
    const keys = numbers.map((number) => archiveKey(host.name, number));
    return deletePictures(pictures, keys, host.timers);
  }
}

/** As many from the beginning as lie within the span that one batch may have. */
function closeTogether(jobs: readonly JobRecord[]): readonly JobRecord[] {
  const [first] = jobs;
  if (!first) return [];
  const end = idTime(first.id) + limits.archiveSpanMillis;
  return jobs.filter(({ id }) => idTime(id) <= end);
}

const idTime = (id: string): number => ulidTime(parseJobId(id)?.ulid ?? "");

const newestFirst = (left: JobRecord, right: JobRecord): number => (left.id < right.id ? 1 : -1);
