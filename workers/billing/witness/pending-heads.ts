import { compareHeads } from "../../../core/books/transparency.ts";
import { limits } from "../../../core/limits.ts";
import type { PendingHead, WitnessStore } from "./witness-store.ts";

/**
 * The heads that were signed before the moment and wait to be logged, in the order of `compareHeads`, however many
 * there are: the lists of the oldest `headHoursMax` hours are read side by side, a page of each at a time.
 */
export async function* pendingHeads(
  store: WitnessStore,
  before: number,
): AsyncGenerator<PendingHead> {
  const hours = await store.pendingHours(before, limits.headHoursMax);
  const lists = hours.map((hour) => new PendingList(store, hour));
  for (;;) {
    const firsts = await Promise.all(lists.map((list) => list.first()));
    const [ledger] = firsts.flatMap((pending) => pending?.head.ledger ?? []).toSorted();
    if (ledger === undefined) return;
    const own: PendingHead[] = [];
    for (const list of lists) own.push(...(await list.take(ledger)));
    yield* own.toSorted((left, right) => compareHeads(left.head, right.head));
  }
}

/** The heads that were signed in one hour: keys are listed by ledger. */
class PendingList {
  readonly #store: WitnessStore;
  readonly #hour: string;
  #heads: PendingHead[] = [];
  #cursor: string | null = null;
  #isRead = false;

  constructor(store: WitnessStore, hour: string) {
    this.#store = store;
    this.#hour = hour;
  }

  /** Null at the end. */
  async first(): Promise<PendingHead | null> {
    while (this.#heads.length === 0 && !this.#isRead) {
      const { heads, cursor } = await this.#store.pendingPage(this.#hour, this.#cursor);
      // The next one is the last, so that taking it costs the same on a long page.
      this.#heads = heads.toReversed();
      this.#cursor = cursor;
      this.#isRead = cursor === null;
    }
    return this.#heads.at(-1) ?? null;
  }

  /** Takes all heads of this ledger, if it is the next one. */
  async take(ledger: string): Promise<PendingHead[]> {
    const taken: PendingHead[] = [];
    for (let next = await this.first(); next?.head.ledger === ledger; next = await this.first()) {
      taken.push(next);
      this.#heads.pop();
    }
    return taken;
  }
}
