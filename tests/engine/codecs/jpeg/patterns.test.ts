import { describe, expect, test } from "vitest";
import {
  cosineOfCell,
  lowestOf,
  patternBytes,
  patternTable,
  positionMask,
  positionsOf,
} from "../../../../engine/codecs/jpeg/patterns.ts";
import { scaledSide } from "../../../../engine/codecs/jpeg/scale.ts";
import { zigzag } from "../../../../engine/codecs/jpeg/syntax/tables.ts";

const small = [1, 2, 4] as const;
const divisors = Uint16Array.from({ length: 64 }, (_, k) => k + 3);

/** A sample of the inverse DCT (T.81, A.3.3) of one coefficient of 1, by its zigzag position. */
function sample(position: number, x: number, y: number): number {
  const natural = zigzag[position] ?? 0;
  const along = (frequency: number, at: number) =>
    (frequency === 0 ? Math.SQRT1_2 : 1) * Math.cos(((2 * at + 1) * frequency * Math.PI) / 16);
  return (along(natural & 7, x) * along(natural >> 3, y)) / 4;
}

test("a side is rounded up at every scale", () => {
  expect(([1, 2, 4, 8] as const).map((scale) => scaledSide(17, scale))).toEqual([3, 5, 9, 17]);
});

test("a cell shows as many of the lowest frequencies as it has samples along an axis", () => {
  expect(positionsOf(1)).toEqual([0]);
  expect(positionsOf(2)).toEqual([0, 1, 2, 4]);
  expect(positionsOf(4)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 17, 18, 24]);
  expect(positionsOf(8)).toHaveLength(64);
});

test("of half the side's frequencies and the next of one axis eight are kept at a side of four", () => {
  expect(lowestOf(4)).toEqual([0, 1, 2, 3, 4, 5, 7, 8]);
  expect(lowestOf(2)).toEqual([0, 1, 2]);
});

test("the mask has a bit for each position but DC", () => {
  expect(positionMask([0, 1, 4, 63])).toBe((1n << 1n) | (1n << 4n) | (1n << 63n));
});

describe("a table of patterns", () => {
  test("has at full size a divisor and a place in the block for each position, and an empty block", () => {
    const bytes = patternTable(8, divisors);
    const entries = new Uint32Array(bytes.buffer, 0, 64);
    expect([...entries]).toEqual(
      Array.from(zigzag, (natural, k) => (divisors[k] ?? 0) | (natural << 17)),
    );
    expect(bytes.subarray(256)).toEqual(new Uint8Array(128));
  });

  test.each(small)("at a side of %i has the mean of the samples under each cell", (side) => {
    const bytes = patternTable(side, divisors);
    expect(bytes.length).toBe(patternBytes(side));
    const positions = positionsOf(side);
    expect(new BigUint64Array(bytes.buffer, 0, 2)[0]).toBe(positionMask(positions));
    expect(new BigUint64Array(bytes.buffer, 0, 2)[1]).toBe(0n);
    const cells = new Float32Array(bytes.buffer, 16);
    expect(cells.length).toBe(64 * side * side);
    const expected = Array.from({ length: 64 * side * side }, (_, at) => {
      const [position, cell] = [Math.floor(at / side ** 2), at % side ** 2];
      if (!positions.includes(position)) return 0;
      const samples = 8 / side;
      let sum = 0;
      for (let k = 0; k < samples ** 2; k++) {
        const x = (cell % side) * samples + (k % samples);
        const y = Math.floor(cell / side) * samples + Math.floor(k / samples);
        sum += sample(position, x, y);
      }
      return ((divisors[position] ?? 0) * sum) / samples ** 2;
    });
    for (const [at, value] of cells.entries()) expect(value).toBeCloseTo(expected[at] ?? NaN, 4);
  });

  test("of another basis has its waves in the middle of each cell", () => {
    const cells = new Float32Array(patternTable(4, divisors, cosineOfCell).buffer, 16);
    for (const position of positionsOf(4))
      for (let cell = 0; cell < 16; cell++) {
        const middle = sample(position, (cell % 4) * 2 + 0.5, Math.floor(cell / 4) * 2 + 0.5);
        expect(cells[position * 16 + cell]).toBeCloseTo((divisors[position] ?? 0) * middle, 4);
      }
  });

  test("works a basis out once for each side", () => {
    let calls = 0;
    const basis = (frequency: number) => (calls++, frequency + 1);
    const ones = new Uint16Array(64).fill(1);
    const patterns = (side: 1 | 2, by: Uint16Array) => [
      ...new Float32Array(patternTable(side, by, basis).buffer, 16).subarray(0, 16),
    ];
    const first = patterns(2, ones);
    expect(first).toEqual([...[1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0]]);
    const made = calls;
    expect(
      patterns(
        2,
        ones.map(() => 3),
      ),
    ).toEqual(first.map((value) => 3 * value));
    expect(calls).toBe(made);
    expect(patterns(1, ones)[0]).toBe(1);
    expect(calls).toBeGreaterThan(made);
    const both = calls;
    expect(patterns(2, ones)).toEqual(first);
    expect(calls).toBe(both);
  });
});
