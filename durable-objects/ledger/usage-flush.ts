import { inTime, type Timers } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import {
  firstPrevious,
  sealSegment,
  type SealedSegment,
  type Watermark,
} from "../../core/ledger/segment.ts";
import type { SegmentBucket } from "../ports.ts";
import type { UsageStore } from "./usage-store.ts";

/**
 * Moves usage events to R2 as sealed segments: freeze, put if absent, forget. A crash between any two
 * steps is harmless, because the frozen content and its key are decided before the first put.
 */
export class UsageFlush {
  readonly #ledger: string;
  readonly #usage: UsageStore;
  readonly #books: SegmentBucket;
  readonly #timers: Timers;
  #running: Promise<unknown> = Promise.resolve();

  constructor(ledger: string, usage: UsageStore, books: SegmentBucket, timers: Timers) {
    this.#ledger = ledger;
    this.#usage = usage;
    this.#books = books;
    this.#timers = timers;
  }

  /** One flush at a time: segments are a chain. */
  run(segmentsMax: number): Promise<Watermark> {
    const next = this.#running.catch(() => null).then(() => this.#flush(segmentsMax));
    this.#running = next;
    return next;
  }

  async #flush(segmentsMax: number): Promise<Watermark> {
    const startedAt = this.#usage.now();
    // Frozen at the start: a flush that ran until empty would never end under load.
    const through = this.#usage.lastSeq();
    for (let put = 0; put < segmentsMax; put++) {
      const frozen = this.#usage.freeze(through, limits.segmentEventsMax);
      if (frozen === null) break;
      const sealed = sealSegment({ ledger: this.#ledger, ...frozen });
      await this.#putIfAbsent(sealed);
      this.#usage.forget(frozen.number, sealed.hash);
    }
    const last = this.#usage.lastSegment();
    const pendingAt = this.#usage.oldestPendingAt();
    return {
      segments: last?.number ?? 0,
      hash: last?.hash ?? firstPrevious,
      sealedThrough: pendingAt === null ? startedAt : Math.min(pendingAt, startedAt),
    };
  }

  async #putIfAbsent({ key, bytes, hash }: SealedSegment): Promise<void> {
    const put = this.#books.put(key, bytes, {
      onlyIf: { etagDoesNotMatch: "*" },
      customMetadata: { sha256: hash },
    });
    const stored = await inTime(this.#timers, limits.storageMillisMax, put);
    if (stored !== null) return;
    // Put before a crash, or too late. Other bytes would mean that two ledgers share one name.
    const present = await inTime(this.#timers, limits.storageMillisMax, this.#books.head(key));
    if (present?.customMetadata?.sha256 !== hash) {
      throw new Error(`segment ${key} exists with other content`);
    }
  }
}
