import { inTime } from "../../../core/deadline.ts";
import {
  firstPrevious,
  openSegment,
  sealSegment,
  segmentKey,
  type OpenedSegment,
} from "../../../core/ledger/segment.ts";
import { limits } from "../../../core/limits.ts";
import type { BooksBucket, Host } from "../../ports.ts";
import type { Recall } from "../admission/recall.ts";
import type { Tombstones } from "../archive/tombstones.ts";
import type { Atomically } from "../atomically.ts";
import type { Originals } from "../originals/originals.ts";
import type { RestoredJobs } from "../jobs/restored-jobs.ts";
import type { UsageStore } from "./usage-store.ts";

interface Parts {
  readonly usage: UsageStore;
  readonly jobs: RestoredJobs;
  readonly books: BooksBucket;
  readonly recall: Recall;
  readonly tombstones: Pick<Tombstones, "request">;
  readonly originals: Pick<Originals, "countAgain">;
  readonly atomically: Atomically;
  /** Told when counters have changed. */
  readonly adopted: () => void;
}

/**
 * A ledger that was restored from a backup has forgotten segments that it stored. It would give the same numbers to
 * other segments, and the chain would fork; and it would give up on jobs that were done long ago. So once in its
 * life, before either, the object looks whether the chain goes on beyond what it knows; if so, it takes over what is
 * stored, gives the jobs that it takes for open as long as new ones, and goes on from there as a new incarnation,
 * which the headers of its segments show.
 */
export class RestoredChain {
  readonly #host: Host;
  readonly #parts: Parts;
  #state: "unknown" | "known" | "broken" = "unknown";
  #reading: Promise<void> | null = null;
  #hasLooked = false;

  constructor(host: Host, parts: Parts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Whether all that can be read of the chain was read. */
  isKnown(): boolean {
    return this.#state !== "unknown";
  }

  /** In the background, once: new work comes in, and it has to be known whether it may. */
  look(): void {
    if (this.#hasLooked || this.isKnown()) return;
    this.#hasLooked = true;
    this.#host.background(this.catchUp().catch(() => undefined));
  }

  /** Throws when what is stored does not continue this ledger's chain: an operator has to find out why. */
  catchUp(): Promise<void> {
    if (this.#state === "known") return Promise.resolve();
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const first = this.#parts.usage.lastStored()?.number ?? 0;
    let through = first;
    try {
      for (let next = await this.#stored(); next; next = await this.#stored()) {
        this.#adopt(next, through === first);
        through = next.header.number;
      }
      this.#state = "known";
    } finally {
      // Also when the rest could not be read: what was taken over counts from now on.
      if (through > first) this.#report(first, through);
    }
  }

  #adopt(segment: OpenedSegment, isFirst: boolean): void {
    const { usage, jobs, recall, tombstones, originals, atomically } = this.#parts;
    const now = this.#host.now();
    atomically(() => {
      recall.request(now);
      tombstones.request();
      originals.countAgain(now);
      if (isFirst) jobs.beginAgain(now);
      jobs.forgetHeld(segment.events);
      usage.adopt(segment);
      jobs.failAgain(segment.events, now);
    });
  }

  #report(from: number, through: number): void {
    this.#parts.adopted();
    const { name: ledger, log } = this.#host;
    log.error({ event: "ledger-restored", ledger, from, through });
  }

  /** The segment in R2 behind the last that is known here, unless this ledger has just frozen that one itself. */
  async #stored(): Promise<OpenedSegment | null> {
    const { name: ledger, timers } = this.#host;
    const { usage, books, atomically } = this.#parts;
    const last = usage.lastStored();
    const number = (last?.number ?? 0) + 1;
    const key = segmentKey(ledger, number);
    const head = await inTime(timers, limits.storageMillisMax, books.head(key));
    if (!head) return null;
    const frozen = usage.frozen();
    const own = frozen && sealSegment({ ledger, ...frozen });
    if (own && own.hash === head.customMetadata?.sha256) {
      atomically(() => usage.forget(number, own.hash));
      return this.#stored();
    }
    const read = books.get(key).then((object) => object?.arrayBuffer());
    const bytes = await inTime(timers, limits.loadMillisMax, read);
    const previous = last?.hash ?? firstPrevious;
    const expected = { ledger, number, previous, firstSeq: (last?.last_seq ?? 0) + 1 };
    const opened = openSegment(new Uint8Array(bytes ?? new ArrayBuffer()), expected);
    if (opened.ok) return opened.value;
    this.#state = "broken";
    throw new Error(`segment ${key} exists with other content: ${opened.error.reason}`);
  }
}
