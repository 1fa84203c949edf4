import { inTime } from "../../../core/deadline.ts";
import { limits } from "../../../core/limits.ts";
import { newsKey } from "../../../core/ledger/news.ts";
import {
  firstPrevious,
  sealSegment,
  type SealedSegment,
  type Watermark,
} from "../../../core/ledger/segment.ts";
import { hourOf } from "../../../core/ledger/usage.ts";
import type { Host, SegmentBucket } from "../../ports.ts";
import type { Atomically } from "../atomically.ts";
import type { RestoredChain } from "./restored-chain.ts";
import type { UsageStore } from "./usage-store.ts";

interface Parts {
  readonly usage: UsageStore;
  readonly books: SegmentBucket;
  readonly restored: Pick<RestoredChain, "catchUp">;
  readonly atomically: Atomically;
}

/**
 * Moves usage events to R2 as sealed segments: freeze, put if absent, tell the books, forget. A crash between
 * any two steps is harmless: the frozen content and its key are decided before the first put, and what is
 * not forgotten is put and told again.
 */
export class UsageFlush {
  readonly #host: Pick<Host, "name" | "timers" | "now">;
  readonly #usage: UsageStore;
  readonly #books: SegmentBucket;
  readonly #restored: Pick<RestoredChain, "catchUp">;
  readonly #atomically: Atomically;
  #running: Promise<unknown> = Promise.resolve();
  /** The last hour that was reported to the books. In memory only: reporting it again does no harm. */
  #toldHour = 0;
  #flushedAt: number;

  constructor(
    host: Pick<Host, "name" | "timers" | "now">,
    { usage, books, restored, atomically }: Parts,
  ) {
    this.#host = host;
    this.#usage = usage;
    this.#books = books;
    this.#restored = restored;
    this.#atomically = atomically;
    this.#flushedAt = host.now();
  }

  /** What the alarm does: a bounded run, when something has waited long enough. */
  async runIfDue(now: number): Promise<void> {
    if (this.dueAt(now) <= now) await this.run(limits.segmentsPerFlushMax);
  }

  /** When what is pending has to leave; `Infinity`: nothing is. */
  dueAt(now: number): number {
    const pendingAt = this.#usage.oldestPendingAt();
    if (pendingAt === null) return Infinity;
    if (pendingAt <= now) return pendingAt + limits.flushMillis;
    // The clock stepped back since: events carry the later time, but nothing waits for it.
    this.#flushedAt = Math.min(this.#flushedAt, now);
    return this.#flushedAt + limits.flushMillis;
  }

  /** One flush at a time: segments are a chain. */
  run(segmentsMax: number): Promise<Watermark> {
    const next = this.#running.catch(() => null).then(() => this.#flush(segmentsMax));
    this.#running = next;
    return next;
  }

  async #flush(segmentsMax: number): Promise<Watermark> {
    await this.#restored.catchUp();
    const startedAt = this.#usage.stamp();
    this.#flushedAt = this.#host.now();
    // Frozen at the start: a flush that ran until empty would never end under load.
    const through = this.#usage.lastSeq();
    for (let put = 0; put < segmentsMax; put++) {
      const frozen = this.#usage.freeze(through, limits.segmentEventsMax);
      if (frozen === null) break;
      const sealed = sealSegment({ ledger: this.#host.name, ...frozen });
      await this.#putIfAbsent(sealed);
      await this.#tellBooks();
      this.#atomically(() => this.#usage.forget(frozen.number, sealed.hash));
    }
    const last = this.#usage.lastSegment();
    const pendingAt = this.#usage.oldestPendingAt();
    const sealedThrough = pendingAt === null ? startedAt : Math.min(pendingAt, startedAt);
    this.#usage.sealed(sealedThrough);
    return {
      segments: last?.number ?? 0,
      hash: last?.hash ?? firstPrevious,
      sealedThrough,
      incarnation: last?.incarnation ?? 1,
    };
  }

  /** Before the events are forgotten: what is stored without news would be in no statement. */
  async #tellBooks(): Promise<void> {
    const hour = hourOf(this.#usage.stamp());
    if (hour === this.#toldHour) return;
    const put = this.#books.put(newsKey(hour, this.#host.name), new Uint8Array(0), {
      onlyIf: { etagDoesNotMatch: "*" },
    });
    await inTime(this.#host.timers, limits.storageMillisMax, put);
    this.#toldHour = hour;
  }

  async #putIfAbsent({ key, bytes, hash }: SealedSegment): Promise<void> {
    const put = this.#books.put(key, bytes, {
      onlyIf: { etagDoesNotMatch: "*" },
      customMetadata: { sha256: hash },
    });
    const stored = await inTime(this.#host.timers, limits.storageMillisMax, put);
    if (stored !== null) return;
    // Put before a crash, or too late. Other bytes would mean that two ledgers share one name.
    const present = await inTime(this.#host.timers, limits.storageMillisMax, this.#books.head(key));
    if (present?.customMetadata?.sha256 !== hash) {
      throw new Error(`segment ${key} exists with other content`);
    }
  }
}
