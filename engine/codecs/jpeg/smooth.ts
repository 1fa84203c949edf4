import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import type { KeptBlocks } from "./plane-layout.ts";

/**
 * Estimates of the lowest frequencies of a progressive picture that ends before they came, from the means of
 * the 5 x 5 blocks around: what ITU-T T.81 annex K.8 describes for 3 x 3, with the weights that libjpeg-turbo
 * has used since 2.1 and so browsers show. An estimate is taken only where nothing is known to be there.
 */

export function smoothBlocks(
  workspace: Workspace,
  blocks: KeptBlocks,
  missing: Int8Array,
  divisors: Uint16Array,
): void {
  const { kept, keptBytes, masks, slots, across, columns, rows } = blocks;
  const isKnown = missing.subarray(0, estimated).every((bits) => bits === 0);
  if (isKnown || divisors.subarray(0, estimated).includes(0)) return;
  const slotOf = bytesAt(workspace, slots, estimated);
  const { buffer } = workspace.memory;
  const step = keptBytes / 2;
  const coefficients = new Int16Array(buffer, kept, across * rows * step);
  const notZero = new Uint32Array(buffer, masks, masks === 0 ? 0 : 2 * across * rows);
  const means = Int16Array.from({ length: columns * rows }, (_, at) => {
    const row = Math.floor(at / columns);
    return coefficients[(row * across + (at - row * columns)) * step] ?? 0;
  });
  const estimate = estimator({ means, columns, rows }, missing, divisors);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const block = row * across + column;
      for (const [position, value] of estimate(column, row)) {
        const at = block * step + (slotOf[position] ?? 0);
        if ((slotOf[position] ?? notKept) === notKept) continue;
        if (position > 0 && coefficients[at] !== 0) continue;
        coefficients[at] = value;
        if (position > 0 && value !== 0)
          notZero[2 * block] = (notZero[2 * block] ?? 0) | (1 << position);
      }
    }
  }
}

/** Positions 0 to 9 in zigzag order are estimated. */
const estimated = 10;
const notKept = 255;

/** The means of a component's blocks, row by row. */
interface BlockMeans {
  readonly means: Int16Array;
  readonly columns: number;
  readonly rows: number;
}

/** For a block: each position that is not known to the last bit, and what it is taken for. */
type Estimate = (column: number, row: number) => readonly (readonly [number, number])[];

/**
 * `missing` is, by position, how many bits are still to come, -1 where nothing has come yet. `divisors` are
 * in zigzag order.
 */
function estimator(
  { means, columns, rows }: BlockMeans,
  missing: Int8Array,
  divisors: Uint16Array,
): Estimate {
  const hasDetail = missing.subarray(1, estimated).some((bits) => bits !== -1);
  const wanted = [...(hasDetail ? besideDetail : meansAlone).entries()].flatMap(
    ([position, weights]) =>
      weights && (position === 0 || missing[position] !== 0)
        ? [{ position, weights, bits: position === 0 ? -1 : (missing[position] ?? 0) }]
        : [],
  );
  const around = new Int32Array(25);
  const [mean = 1] = divisors;
  return (column, row) => {
    for (let at = 0; at < 25; at++) {
      const x = Math.min(Math.max(column + (at % 5) - 2, 0), columns - 1);
      const y = Math.min(Math.max(row + Math.floor(at / 5) - 2, 0), rows - 1);
      around[at] = means[y * columns + x] ?? 0;
    }
    return wanted.map(({ position, weights, bits }) => {
      let sum = 0;
      for (let at = 0; at < 25; at++) sum += (around[at] ?? 0) * (weights[at] ?? 0);
      // Weights are in 256ths. What is known to be less than a bit stays less.
      const size = Math.floor((mean * Math.abs(sum)) / (256 * (divisors[position] ?? 1)) + 0.5);
      const bounded = bits === -1 ? size : Math.min(size, 2 ** bits - 1);
      return [position, sum < 0 ? -bounded : bounded] as const;
    });
  };
}

/** Weights of the 5 x 5 means, row by row, for each position; undefined where none is estimated. */
type Weights = readonly (readonly number[] | undefined)[];

const inRows = (...rows: readonly (readonly number[])[]) => rows.flat();
const none = [0, 0, 0, 0, 0];
const turned = (weights: readonly number[]) =>
  weights.map((_, at) => weights[(at % 5) * 5 + Math.floor(at / 5)] ?? 0);

const across = inRows(
  [-1, -1, 0, 1, 1],
  [-3, 13, 0, -13, 3],
  [-3, 38, 0, -38, 3],
  [-3, 13, 0, -13, 3],
  [-1, -1, 0, 1, 1],
);
const acrossTwice = inRows(none, [0, 2, -5, 2, 0], [1, 7, -14, 7, 1], [0, 2, -5, 2, 0], none);
const acrossThrice = inRows(none, [0, 1, 0, -1, 0], [0, 2, 0, -2, 0], [0, 1, 0, -1, 0], none);
const acrossAndDownTwice = inRows(none, [0, 1, -3, 1, 0], none, [0, -1, 3, -1, 0], none);

/** Where only means are known the mean itself is smoothed too. */
const meansAlone: Weights = [
  inRows(
    [-2, -6, -8, -6, -2],
    [-6, 6, 42, 6, -6],
    [-8, 42, 152, 42, -8],
    [-6, 6, 42, 6, -6],
    [-2, -6, -8, -6, -2],
  ),
  across,
  turned(across),
  turned(acrossTwice),
  inRows([-1, 0, 0, 0, 1], [0, 9, 0, -9, 0], none, [0, -9, 0, 9, 0], [1, 0, 0, 0, -1]),
  acrossTwice,
  acrossThrice,
  acrossAndDownTwice,
  turned(acrossAndDownTwice),
  turned(acrossThrice),
];

const acrossBeside = inRows(none, none, [-7, 50, 0, -50, 7], none, none);
const acrossTwiceBeside = inRows(none, none, [-1, 13, -24, 13, -1], none, none);

const besideDetail: Weights = [
  undefined,
  acrossBeside,
  turned(acrossBeside),
  turned(acrossTwiceBeside),
  inRows([0, -1, 0, 1, 0], [-1, 10, 0, -10, 1], none, [1, -10, 0, 10, -1], [0, 1, 0, -1, 0]),
  acrossTwiceBeside,
];
