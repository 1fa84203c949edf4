/**
 * A distribution of non-negative values in logarithmic bins (DDSketch, Masson et al. 2019). Any quantile is
 * within `relativeError` of the exact one, however values were split over sketches that were merged: merging
 * adds counts, so it can be an upsert in SQL.
 */
export interface Sketch {
  /** Bin → count. Bin `i` holds values in (γ^(i−1), γ^i]; zero and less are in `zeroBin`. */
  readonly bins: ReadonlyMap<number, number>;
  readonly count: number;
}

const relativeError = 0.01;
const gamma = (1 + relativeError) / (1 - relativeError);
const logGamma = Math.log(gamma);
/** Below every bin of a positive double. */
const zeroBin = -40_000;

export const emptySketch: Sketch = { bins: new Map(), count: 0 };

/** The bin that counts this value. */
export function binOf(value: number): number {
  return value > 0 ? Math.ceil(Math.log(value) / logGamma) : zeroBin;
}

export function sketchOf(bins: Iterable<readonly [bin: number, count: number]>): Sketch {
  const counts = new Map<number, number>();
  let count = 0;
  for (const [bin, more] of bins) {
    counts.set(bin, (counts.get(bin) ?? 0) + more);
    count += more;
  }
  return { bins: counts, count };
}

export const mergeSketches = (sketches: readonly Sketch[]): Sketch =>
  sketchOf(sketches.flatMap(({ bins }) => [...bins]));

/** The value that `share` (0 to 1) of all values do not exceed; null for a sketch without values. */
export function quantile({ bins, count }: Sketch, share: number): number | null {
  if (count === 0) return null;
  const rank = Math.ceil(share * count);
  let passed = 0;
  let found = zeroBin;
  for (const bin of [...bins.keys()].toSorted((left, right) => left - right)) {
    found = bin;
    passed += bins.get(bin) ?? 0;
    if (passed >= rank) break;
  }
  return found === zeroBin ? 0 : (2 * gamma ** found) / (gamma + 1);
}
