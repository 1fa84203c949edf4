import type { JpegScale } from "./scale.ts";
import { zigzag } from "./syntax/tables.ts";

/**
 * What a component's coefficients are multiplied by, as the kernels read it. At full size: for each
 * position in zigzag order `divisor | byte offset in the block << 16`, then an empty block. Below that: a
 * u64 of the positions that are shown, eight bytes of nothing, and for each position the cell that the
 * coefficient 1 makes, as f32.
 */
export function patternTable(
  side: JpegScale,
  divisors: Uint16Array,
  basis: CellBasis = meanOfCosine,
): Uint8Array {
  const table = new Uint8Array(patternBytes(side));
  if (side === 8) {
    new Uint32Array(table.buffer, 0, 64).set(
      Array.from(zigzag, (natural, k) => ((natural * 2) << 16) | (divisors[k] ?? 0)),
    );
    return table;
  }
  const size = side * side;
  const unit = unitPatterns(side, basis);
  const patterns = unit.map((value, k) => value * (divisors[Math.floor(k / size)] ?? 0));
  new BigUint64Array(table.buffer, 0, 1)[0] = positionMask(positionsOf(side));
  new Float32Array(table.buffer, headBytes, 64 * size).set(patterns);
  return table;
}

export function patternBytes(side: JpegScale): number {
  return side === 8 ? 256 + 128 : headBytes + 64 * side * side * 4;
}

const headBytes = 16;

/** Positions, in zigzag order, of the `side` x `side` lowest frequencies: what a cell of that side can show. */
export function positionsOf(side: JpegScale): readonly number[] {
  return Array.from(zigzag.keys()).filter((k) => {
    const natural = zigzag[k] ?? 0;
    return natural >> 3 < side && (natural & 7) < side;
  });
}

/** Those of a cell of half the side, and with the next frequency of either axis but not of both. */
export function lowestOf(side: JpegScale): readonly number[] {
  const next = side / 2;
  return positionsOf(side).filter((k) => {
    const natural = zigzag[k] ?? 0;
    const [down, across] = [natural >> 3, natural & 7];
    return Math.max(down, across) <= next && down + across < 2 * next;
  });
}

/** A bit for each of these positions but DC. */
export function positionMask(positions: readonly number[]): bigint {
  return positions.reduce((mask, k) => (k === 0 ? mask : mask | (1n << BigInt(k))), 0n);
}

/** What a frequency makes of one of `side` cells, along one axis. */
type CellBasis = (frequency: number, cell: number, side: number) => number;

/** By basis and side, made when first needed. */
const known = new Map<CellBasis, Partial<Record<JpegScale, Float32Array>>>();

function unitPatterns(side: JpegScale, basis: CellBasis): Float32Array {
  const own = known.get(basis) ?? {};
  known.set(basis, own);
  return (own[side] ??= makeUnitPatterns(side, basis));
}

/** The cells of a block that has one coefficient of 1, for each coefficient that is shown. */
function makeUnitPatterns(side: JpegScale, basis: CellBasis): Float32Array {
  const size = side * side;
  const patterns = new Float32Array(64 * size);
  for (const k of positionsOf(side)) {
    const natural = zigzag[k] ?? 0;
    for (let cell = 0; cell < size; cell++) {
      const down = basis(natural >> 3, Math.floor(cell / side), side);
      patterns[k * size + cell] = down * basis(natural & 7, cell % side, side);
    }
  }
  return patterns;
}

/** The inverse DCT of as many points as there are cells: sharper than the mean, where nothing is resampled after. */
export function cosineOfCell(frequency: number, cell: number, side: number): number {
  const scale = (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5;
  return scale * Math.cos(((2 * cell + 1) * frequency * Math.PI) / (2 * side));
}

/** The inverse DCT's basis (T.81, A.3.3) of this frequency, averaged over one cell's samples. */
function meanOfCosine(frequency: number, cell: number, side: number): number {
  const samples = 8 / side;
  let sum = 0;
  for (let x = cell * samples; x < (cell + 1) * samples; x++) {
    sum += Math.cos(((2 * x + 1) * frequency * Math.PI) / 16);
  }
  return (sum / samples) * (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5;
}
