import { limits } from "../limits.ts";

/** Counts of a sketch as they are stored and sent: pairs of a bin and how many values are in it, in order. */
export interface SketchCounts {
  readonly sum: number;
  readonly bins: readonly number[];
}

/**
 * How long things took, in milliseconds, so that any quantile is known within 1 %: a DDSketch (Masson, Rim and
 * Lee, VLDB 2019). Each bin is 2 % wider than the one before, and only counts are kept. To merge is to add
 * counts, in any order. Counts and the sum stop at 2^53 - 1, which then means "at least this many".
 */
export class Sketch {
  readonly #bins = new Map<number, number>();
  #count = 0;
  #sum = 0;

  /** Bins that make no sense are left out. */
  static of({ sum, bins }: SketchCounts): Sketch {
    const sketch = new Sketch();
    for (const [at, bin] of bins.entries()) {
      if (at % 2 > 0) continue;
      const times = bins[at + 1] ?? Number.NaN;
      if (Number.isInteger(bin) && bin >= underOne && bin <= lastBin && isCount(times)) {
        sketch.#count = plus(sketch.#count, times);
        sketch.#bins.set(bin, plus(sketch.#bins.get(bin) ?? 0, times));
      }
    }
    if (isCount(sum)) sketch.#sum = sum;
    return sketch;
  }

  /** Below one millisecond counts as 0; above `limits.measuredMillisMax` as that. What is no number is not counted. */
  add(millis: number): void {
    if (Number.isNaN(millis)) return;
    const bounded = Math.min(Math.max(0, millis), limits.measuredMillisMax);
    const bin = binOf(bounded);
    this.#bins.set(bin, plus(this.#bins.get(bin) ?? 0, 1));
    this.#count = plus(this.#count, 1);
    this.#sum = plus(this.#sum, Math.round(bounded));
  }

  merge(other: Sketch): void {
    for (const [bin, times] of other.#bins) {
      this.#bins.set(bin, plus(this.#bins.get(bin) ?? 0, times));
    }
    this.#count = plus(this.#count, other.#count);
    this.#sum = plus(this.#sum, other.#sum);
  }

  get count(): number {
    return this.#count;
  }

  get sumMillis(): number {
    return this.#sum;
  }

  /** The smallest value that `share` (0 to 1) of all values do not exceed; null: there are no values. */
  quantile(share: number): number | null {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (const [bin, times] of this.#ordered()) {
      seen += times;
      if (seen >= rank) return valueOf(bin);
    }
    return null;
  }

  /** How many values are at most `millis`; those within 1 % of it may be on either side. */
  atMost(millis: number): number {
    let seen = 0;
    for (const [bin, times] of this.#bins) if (valueOf(bin) <= millis) seen = plus(seen, times);
    return seen;
  }

  toJSON(): SketchCounts {
    return { sum: this.#sum, bins: this.#ordered().flat() };
  }

  #ordered(): [bin: number, times: number][] {
    return [...this.#bins].toSorted(([left], [right]) => left - right);
  }
}

/** Part of the stored format: counts of another width could not be added. */
const relativeError = 0.01;
const growth = (1 + relativeError) / (1 - relativeError);
const logOfGrowth = Math.log(growth);

const underOne = -1;
const binOf = (millis: number): number =>
  millis < 1 ? underOne : Math.ceil(Math.log(millis) / logOfGrowth);
/** There are 827 bins at most. */
const lastBin = binOf(limits.measuredMillisMax);

/** In the middle of the bin, as relative errors go. */
const valueOf = (bin: number): number =>
  bin === underOne ? 0 : (2 * growth ** bin) / (growth + 1);

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
const plus = (left: number, right: number): number =>
  Math.min(left + right, Number.MAX_SAFE_INTEGER);
