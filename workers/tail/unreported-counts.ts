import { ledgerLimits } from "../../core/ledger-limits.ts";
import { plusCounts, type Counts } from "../../core/metrics/counts.ts";

/** Counts that this isolate holds until they are told, all in one call. What an isolate that ends still holds is lost. */
export class UnreportedCounts {
  #counts: Counts = {};
  #toldAt = 0;

  /** What to tell now; null: not yet. */
  add(counts: Counts, now: number): Counts | null {
    this.#counts = plusCounts(this.#counts, counts);
    // The distance, because clocks are set back too.
    if (Math.abs(now - this.#toldAt) < ledgerLimits.tailHeldMillis) return null;
    const all = this.#counts;
    this.#counts = {};
    this.#toldAt = now;
    return all;
  }
}
