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
import type { Atomically } from "../atomically.ts";
import type { UsageStore } from "./usage-store.ts";

/**
 * A ledger that was restored from a backup has forgotten segments that it stored. It would number other ones
 * alike, and the chain would fork. So once in its life the object looks whether the chain goes on beyond what it
 * knows; if so, it takes over what is stored, and goes on from there as a new incarnation, which the headers of
 * its segments show.
 */
export class RestoredChain {
  readonly #host: Pick<Host, "name" | "timers" | "log">;
  readonly #usage: UsageStore;
  readonly #books: BooksBucket;
  readonly #atomically: Atomically;
  /** Told when counters have changed. */
  readonly #adopted: () => void;
  #checked = false;

  constructor(
    host: Pick<Host, "name" | "timers" | "log">,
    parts: {
      readonly usage: UsageStore;
      readonly books: BooksBucket;
      readonly atomically: Atomically;
      readonly adopted: () => void;
    },
  ) {
    this.#host = host;
    this.#usage = parts.usage;
    this.#books = parts.books;
    this.#atomically = parts.atomically;
    this.#adopted = parts.adopted;
  }

  /** Throws when what is stored does not continue this ledger's chain: then a person must look. */
  async catchUp(): Promise<void> {
    if (this.#checked) return;
    const first = this.#usage.lastStored()?.number ?? 0;
    let through = first;
    try {
      for (let next = await this.#stored(); next; next = await this.#stored()) {
        const segment = next;
        this.#atomically(() => this.#usage.adopt(segment));
        through = segment.header.number;
      }
      this.#checked = true;
    } finally {
      // Also when the rest could not be read: what was taken over counts from now on.
      if (through > first) this.#report(first, through);
    }
  }

  #report(from: number, through: number): void {
    this.#adopted();
    const { name: ledger, log } = this.#host;
    log.error({ event: "ledger-restored", ledger, from, through });
  }

  /** The segment in R2 behind the last that is known here, unless this ledger has just frozen that one itself. */
  async #stored(): Promise<OpenedSegment | null> {
    const { name: ledger, timers } = this.#host;
    const last = this.#usage.lastStored();
    const number = (last?.number ?? 0) + 1;
    const key = segmentKey(ledger, number);
    const head = await inTime(timers, limits.storageMillisMax, this.#books.head(key));
    if (!head) return null;
    const frozen = this.#usage.frozen();
    const own = frozen && sealSegment({ ledger, ...frozen });
    if (own && own.hash === head.customMetadata?.sha256) {
      this.#atomically(() => this.#usage.forget(number, own.hash));
      return this.#stored();
    }
    const read = this.#books.get(key).then((object) => object?.arrayBuffer());
    const bytes = await inTime(timers, limits.loadMillisMax, read);
    const previous = last?.hash ?? firstPrevious;
    const expected = { ledger, number, previous, firstSeq: (last?.last_seq ?? 0) + 1 };
    const opened = openSegment(new Uint8Array(bytes ?? new ArrayBuffer()), expected);
    if (opened.ok) return opened.value;
    throw new Error(`segment ${key} exists with other content: ${opened.error.reason}`);
  }
}
