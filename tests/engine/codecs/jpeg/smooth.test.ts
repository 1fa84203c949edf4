import { describe, expect, test } from "vitest";
import { smoothBlocks } from "../../../../engine/codecs/jpeg/smooth.ts";
import { zigzag } from "../../../../engine/codecs/jpeg/syntax/tables.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { newWorkspace } from "../../pixels/fixtures.ts";

interface Component {
  readonly columns?: number;
  readonly rows?: number;
  /** With blocks that only pad the last MCU. */
  readonly across?: number;
  readonly mean: (column: number, row: number) => number;
  /** Bits still to come, by position; -1 where nothing has come. By default the means alone are there. */
  readonly missing?: readonly number[];
  readonly divisor?: (position: number) => number;
  /** Positions that are kept, in the order in which they lie. */
  readonly kept?: readonly number[];
  /** Of every block, besides the mean. */
  readonly coefficients?: Readonly<Record<number, number>>;
}

const all = Array.from({ length: 10 }, (_, position) => position);
const onlyMeans = [0, ...all.slice(1).map(() => -1)];

/** The coefficients of a component after smoothing, by block and position, and which are noted as not zero. */
function smoothed(own: Component) {
  const { columns = 9, rows = 9, across = columns + 2, missing = onlyMeans, kept = all } = own;
  const workspace = newWorkspace();
  const blocks = across * rows;
  const [keptAt, masks] = [
    workspace.allocate(blocks * 2 * kept.length),
    workspace.allocate(blocks * 8),
  ];
  const slots = workspace.allocate(64);
  bytesAt(workspace, slots, 64)
    .fill(255)
    .set(all.map((position) => (kept.includes(position) ? kept.indexOf(position) : 255)));
  bytesAt(workspace, masks, blocks * 8).fill(0);
  const values = new Int16Array(workspace.memory.buffer, keptAt, blocks * kept.length);
  for (let block = 0; block < blocks; block++) {
    const mean = own.mean(block % across, Math.floor(block / across));
    values.set(
      kept.map((position) => (position === 0 ? mean : (own.coefficients?.[position] ?? 0))),
      block * kept.length,
    );
  }
  smoothBlocks(
    workspace,
    { kept: keptAt, keptBytes: 2 * kept.length, masks, slots, across, columns, rows },
    Int8Array.from({ length: 64 }, (_, position) => missing[position] ?? -1),
    Uint16Array.from({ length: 64 }, (_, position) => own.divisor?.(position) ?? 1),
  );
  const noted = new Uint32Array(workspace.memory.buffer, masks, 2 * blocks);
  const at = (column: number, row: number, position: number) =>
    values[(row * across + column) * kept.length + kept.indexOf(position)] ?? NaN;
  const isNoted = (column: number, row: number, position: number) =>
    ((noted[2 * (row * across + column)] ?? 0) >> position) & 1;
  return { at, isNoted };
}

/** Of a mean of 256 in the middle of nothing what each block around is taken for at a position, row by row. */
function responseTo(position: number, missing = onlyMeans): number[][] {
  const { at } = smoothed({ mean: (x, y) => (x === 4 && y === 4 ? 256 : 0), missing });
  // The block to the left of a bright one sees it on its right.
  return [-2, -1, 0, 1, 2].map((down) =>
    [-2, -1, 0, 1, 2].map((right) => at(4 - right, 4 - down, position)),
  );
}
const frequencies = (position: number) => {
  const natural = zigzag[position] ?? 0;
  return { right: natural & 7, down: natural >> 3 };
};
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
/** The same but for the sign where it is zero. */
const plain = (rows: readonly (readonly number[])[]) =>
  rows.map((row) => row.map((each) => each + 0));
const times = (rows: readonly (readonly number[])[], factor: number) =>
  rows.map((row) => row.map((each) => each * factor + 0));

const detailMissing = [0, ...all.slice(1).map((position) => (position <= 5 ? -1 : 0))];

describe.each([
  ["means alone are there", onlyMeans, all],
  ["there is detail too", detailMissing, [1, 2, 3, 4, 5]],
] as const)("where %s, what a block is taken for", (_, missing, positions) => {
  test.each(positions)("at position %i has the symmetry of its wave", (position) => {
    const response = responseTo(position, [...missing]);
    const { right, down } = frequencies(position);
    const mirrored = response.map((row) => row.toReversed());
    expect(plain(mirrored)).toEqual(times(response, right % 2 ? -1 : 1));
    expect(plain(response.toReversed())).toEqual(times(response, down % 2 ? -1 : 1));
    const turned = response.map((row, y) => row.map((__, x) => response[x]?.[y] ?? NaN));
    const other = positions.find((each) => {
      const { right: r, down: d } = frequencies(each);
      return r === down && d === right;
    });
    expect(plain(turned)).toEqual(plain(responseTo(other ?? NaN, [...missing])));
  });

  test.each(positions)("at position %i goes along with its wave", (position) => {
    const response = responseTo(position, [...missing]);
    const { right, down } = frequencies(position);
    // Of a third frequency five blocks show no more than which side is brighter, as of the first.
    const wave = (frequency: number, at: number) =>
      Math.cos(((frequency === 3 ? 1 : frequency) * (at + 0.5) * Math.PI) / 5);
    const together = response.map((row, y) =>
      sum(row.map((value, x) => value * wave(right, x) * wave(down, y))),
    );
    expect(sum(together)).toBeGreaterThan(0);
  });
});

test("flat blocks stay flat", () => {
  const { at } = smoothed({ mean: () => 77 });
  for (const position of all) expect(at(3, 5, position)).toBe(position === 0 ? 77 : 0);
});

test("blocks at the edges are seen as if the last ones went on", () => {
  const size = { columns: 4, rows: 3 };
  const own = (column: number, row: number) => 100 * column * column + 31 * row * row * column;
  const inside = (value: number, count: number) => Math.min(Math.max(value, 0), count - 1);
  const edge = smoothed({ ...size, mean: own });
  const wide = smoothed({
    ...{ columns: 8, rows: 7 },
    mean: (column, row) => own(inside(column - 2, 4), inside(row - 2, 3)),
  });
  for (const position of all)
    for (let block = 0; block < 12; block++) {
      const [column, row] = [block % 4, Math.floor(block / 4)];
      expect(edge.at(column, row, position)).toBe(wide.at(column + 2, row + 2, position));
    }
});

test("an estimate is in the divisor's steps, to the nearest", () => {
  const slope = (column: number) => 1000 * column;
  const one = smoothed({ mean: slope }).at(4, 4, 1);
  expect(one).toBeLessThan(0);
  for (const divisor of [3, 7, 10]) {
    const coarse = smoothed({ mean: slope, divisor: (position) => (position === 1 ? divisor : 1) });
    expect(Math.abs(coarse.at(4, 4, 1) - one / divisor)).toBeLessThanOrEqual(0.5 + 0.5 / divisor);
  }
  const fine = smoothed({ mean: slope, divisor: (position) => (position === 0 ? 4 : 1) });
  expect(Math.abs(fine.at(4, 4, 1) - 4 * one)).toBeLessThanOrEqual(2);
  // The weight of a neighbour on the left is 38 of 256: 13.5 is rounded up, and so is its negative's size.
  const step = (sign: number) => smoothed({ mean: (x, y) => (x === 4 && y === 4 ? sign * 91 : 0) });
  expect([step(1).at(5, 4, 1), step(-1).at(5, 4, 1)]).toEqual([14, -14]);
});

test("what is known to be less than a bit stays less", () => {
  const slope = (column: number) => -1000 * column;
  const missing = (bits: number) => [0, bits, ...all.slice(2).map(() => -1)];
  expect(smoothed({ mean: slope, missing: missing(3) }).at(4, 4, 1)).toBe(7);
  expect(smoothed({ mean: (x) => -slope(x), missing: missing(1) }).at(4, 4, 1)).toBe(-1);
  expect(smoothed({ mean: slope, missing: missing(-1) }).at(4, 4, 1)).toBeGreaterThan(7);
});

describe("an estimate is taken", () => {
  const bump = (column: number, row: number) => 300 * column + 50 * row * row * column;

  test("only where nothing is known to be there, and noted", () => {
    const { at, isNoted } = smoothed({ mean: bump, coefficients: { 2: 5 } });
    expect(at(4, 4, 2)).toBe(5);
    expect(at(4, 4, 1)).not.toBe(0);
    expect([0, 1, 2].map((position) => isNoted(4, 4, position))).toEqual([0, 1, 0]);
    const flat = smoothed({ mean: () => 9 });
    expect(all.map((position) => flat.isNoted(4, 4, position))).toEqual(all.map(() => 0));
  });

  test("only of positions whose bits are missing", () => {
    const missing = [0, -1, 0, ...all.slice(3).map(() => -1)];
    const { at } = smoothed({ mean: bump, missing });
    expect(at(4, 4, 1)).not.toBe(0);
    expect(at(4, 4, 2)).toBe(0);
    const complete = smoothed({ mean: bump, missing: all.map(() => 0) });
    for (const position of all)
      expect(complete.at(4, 4, position)).toBe(position === 0 ? bump(4, 4) : 0);
  });

  test("of the mean only where means alone are there", () => {
    expect(smoothed({ mean: bump }).at(4, 4, 0)).not.toBe(bump(4, 4));
    // One position that is begun is detail, be it the last.
    const begun = [0, ...all.slice(1).map((position) => (position === 9 ? 2 : -1))];
    expect(smoothed({ mean: bump, missing: begun }).at(4, 4, 0)).toBe(bump(4, 4));
  });

  test("only of positions that are kept", () => {
    const whole = smoothed({ mean: bump });
    const few = smoothed({ mean: bump, kept: [0, 2, 1] });
    for (const position of [0, 1, 2]) expect(few.at(4, 4, position)).toBe(whole.at(4, 4, position));
    // Nothing is written to another block either, where there are many.
    const large = { columns: 20, rows: 20, mean: (x: number, y: number) => 300 * x + 50 * y };
    const [ten, two] = [smoothed(large), smoothed({ ...large, kept: [0, 1] })];
    for (let block = 0; block < 400; block++) {
      const [column, row] = [block % 20, Math.floor(block / 20)];
      for (const position of [0, 1])
        expect(two.at(column, row, position)).toBe(ten.at(column, row, position));
    }
  });

  test("only where every divisor is a number to divide by", () => {
    for (const zero of [0, 9]) {
      const divisor = (position: number) => (position === zero ? 0 : 1);
      expect(smoothed({ mean: bump, divisor }).at(4, 4, 1)).toBe(0);
    }
    const divisor = (position: number) => (position === 10 ? 0 : 1);
    expect(smoothed({ mean: bump, divisor }).at(4, 4, 1)).not.toBe(0);
  });

  test("only of blocks in the picture", () => {
    const { at } = smoothed({ mean: bump, columns: 5, across: 8 });
    expect(at(4, 4, 1)).not.toBe(0);
    expect(at(5, 4, 1)).toBe(0);
    expect(at(5, 4, 0)).toBe(bump(5, 4));
  });
});

test("where all is known nothing is looked at", () => {
  const workspace = newWorkspace();
  const unread = {
    ...workspace,
    get memory(): WebAssembly.Memory {
      throw new Error("read");
    },
  };
  const [at, across] = [1024, 9];
  const blocks = { kept: at, keptBytes: 20, masks: at, slots: at, across, columns: 9, rows: 9 };
  const smooth = (missing: readonly number[]) =>
    smoothBlocks(unread, blocks, Int8Array.from(missing), new Uint16Array(64).fill(1));
  expect(() => smooth([...all.map(() => 0), -1])).not.toThrow();
  for (const position of all)
    expect(() => smooth(all.map((each) => (each === position ? 1 : 0)))).toThrow("read");
});

test("means that are all that is kept have no notes, for which there need be no room", () => {
  const workspace = newWorkspace();
  const memory = new WebAssembly.Memory({ initial: 1 });
  const side = 100;
  const [slots, kept] = [0, 64];
  bytesAt({ ...workspace, memory }, slots, 64).fill(255, 1);
  const means = new Int16Array(memory.buffer, kept, side * side);
  means[50 * side + 50] = 256;
  smoothBlocks(
    { ...workspace, memory },
    { kept, keptBytes: 2, masks: 0, slots, across: side, columns: side, rows: side },
    Int8Array.from(onlyMeans),
    new Uint16Array(64).fill(1),
  );
  expect([...means.subarray(50 * side + 49, 50 * side + 52)]).toEqual([42, 152, 42]);
});
