import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import type { Frame, JpegReader } from "./syntax/header.ts";
import type { JpegLayout } from "./layout.ts";
import { zigzag } from "./syntax/tables.ts";

/** Writes what each component's coefficients are multiplied by, and the chroma that grey lacks. */
export function writePatterns(
  workspace: Workspace,
  reader: JpegReader,
  frame: Frame,
  layout: JpegLayout,
  base: number,
): void {
  layout.planes.forEach(({ side, patterns }, index) => {
    const divisors = reader.divisorsOf(frame.components[index]?.table ?? 0) ?? new Uint16Array(64);
    const table = side === 8 ? blockTable(divisors) : patternTable(side, divisors);
    bytesAt(workspace, base + patterns, table.length).set(table);
  });
  bytesAt(workspace, base + layout.grey, layout.width).fill(128);
}

/** Bytes of a component's table at cells of `side` x `side` samples. */
export function patternBytes(side: number): number {
  return side === 8 ? blockTableBytes : 64 * side * side * 4;
}

/** Divisors as 64 i32, natural indices as 64 bytes, and room for the block itself. */
const blockTableBytes = 256 + 64 + 128;

function blockTable(divisors: Uint16Array): Uint8Array {
  const table = new Uint8Array(blockTableBytes);
  table.set(new Uint8Array(Int32Array.from(divisors).buffer));
  table.set(zigzag, 256);
  return table;
}

function patternTable(side: number, divisors: Uint16Array): Uint8Array {
  const unit = (unitPatterns[side] ??= makeUnitPatterns(side));
  const size = side * side;
  const table = unit.map((value, k) => value * (divisors[Math.floor(k / size)] ?? 0));
  return new Uint8Array(table.buffer);
}

/** By side, made when first needed. */
const unitPatterns: Record<number, Float32Array> = {};

/** The mean of each cell of a block that has one coefficient of 1, for each coefficient in zigzag order. */
function makeUnitPatterns(side: number): Float32Array {
  const patterns = new Float32Array(64 * side * side);
  zigzag.forEach((natural, position) => {
    for (let cell = 0; cell < side * side; cell++) {
      const down = meanOfCosine(natural >> 3, Math.floor(cell / side), side);
      const across = meanOfCosine(natural & 7, cell % side, side);
      patterns[position * side * side + cell] = down * across;
    }
  });
  return patterns;
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
