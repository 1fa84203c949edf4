/** A measurement: how much of each quantity it contains, and what it came to. */
export interface Observation<Name extends string> {
  readonly quantities: ReadonlyMap<Name, number>;
  readonly total: number;
}

/**
 * The price of each quantity, none below 0, for which the sums come nearest to the totals: each error is
 * a share of its total, so a small picture counts as much as a large one, and the sum of their absolute
 * values is made small, so that a few odd pictures do not pull the prices of all.
 *
 * Iteratively reweighted least squares; each by coordinate descent on the normal equations, which for so
 * few unknowns ends in the one minimum.
 */
export function fitPrices<Name extends string>(
  observations: readonly Observation<Name>[],
): ReadonlyMap<Name, number> {
  const names = [...new Set(observations.flatMap(({ quantities }) => [...quantities.keys()]))];
  const rows = observations.map(({ quantities, total }) =>
    names.map((name) => (quantities.get(name) ?? 0) / total),
  );
  let prices: readonly number[] = names.map(() => 0);
  let weights: readonly number[] = rows.map(() => 1);
  for (let round = 0; round < reweightings; round++) {
    prices = weightedLeastSquares(rows, weights, prices);
    weights = rows.map((row) => 1 / Math.max(smallestError, Math.abs(dot(row, prices) - 1)));
  }
  return new Map(names.map((name, i) => [name, at(prices, i)]));
}

/** An error smaller than this counts as none. */
const smallestError = 0.01;
const reweightings = 40;

/** The prices from 0 for which each row comes near to 1. */
function weightedLeastSquares(
  rows: readonly (readonly number[])[],
  weights: readonly number[],
  start: readonly number[],
): readonly number[] {
  const weighted = (value: (row: readonly number[]) => number) =>
    rows.reduce((sum, row, index) => sum + at(weights, index) * value(row), 0);
  const gram = start.map((_, i) => start.map((_, j) => weighted((row) => at(row, i) * at(row, j))));
  const target = start.map((_, i) => weighted((row) => at(row, i)));
  const prices = [...start];
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const [i, products] of gram.entries()) {
      const own = at(products, i);
      const others = dot(products, prices) - own * at(prices, i);
      prices[i] = own === 0 ? 0 : Math.max(0, (at(target, i) - others) / own);
    }
  }
  return prices;
}

/** Each starts where the last one ended, so together they are far more than are needed. */
const sweeps = 500;

const at = (values: readonly number[], index: number): number => values[index] ?? 0;

const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((sum, value, index) => sum + value * at(right, index), 0);
