import { describe, expect, test } from "vitest";
import { resize, type Window } from "../../../engine/pixels/resize.ts";
import { one, resampleTaps } from "../../../engine/pixels/taps.ts";
import { bytesAt } from "../../../engine/pixels/workspace.ts";
import { load, loadInside, newWorkspace, nextBlock, noise, watchedWorkspace } from "./fixtures.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** For each output of an axis how much of each sample: means of cells, then the filter. */
function axisMatrix(samples: number, origin: number, size: number, outputs: number): number[][] {
  const cell = Math.max(1, Math.floor(size / outputs / 2));
  const from = Math.max(0, Math.floor(origin));
  const end = Math.min(samples, Math.ceil(origin + size));
  const cells = Math.ceil((end - from) / cell);
  const { starts, weights, pairs } = resampleTaps(
    cells,
    (origin - from) / cell,
    size / cell,
    outputs,
  );
  return [...starts].map((start, output) => {
    const row = Array.from({ length: samples }, () => 0);
    for (let k = 0; k < pairs * 2; k++) {
      const first = from + (start + k) * cell;
      const last = Math.min(first + cell, end);
      const weight = (weights[output * pairs * 2 + k] ?? 0) / one / (last - first);
      for (let at = first; at < last; at++) row[at] = (row[at] ?? 0) + weight;
    }
    return row;
  });
}

/** Colours weighted by alpha, each as far as a byte holds it. */
function expected(rgba: Uint8Array, source: Size, window: Window, to: Size): number[] {
  const columns = axisMatrix(source.width, window.x, window.width, to.width);
  const rows = axisMatrix(source.height, window.y, window.height, to.height);
  return rows.flatMap((row) =>
    columns.flatMap((column) => {
      const sums = [0, 0, 0, 0];
      row.forEach((down, y) => {
        if (down === 0) return;
        column.forEach((across, x) => {
          const pixel = rgba.subarray(4 * (y * source.width + x)).subarray(0, 4);
          const alpha = pixel[3] ?? 0;
          const share = down * across;
          [0, 1, 2].forEach(
            (k) => (sums[k] = (sums[k] ?? 0) + (share * (pixel[k] ?? 0) * alpha) / 255),
          );
          sums[3] = (sums[3] ?? 0) + share * alpha;
        });
      });
      // A colour is told from the alpha that it is weighed by, and only then are both clipped.
      const alpha = Math.max(sums[3] ?? 0, 1e-9);
      const share = Math.min(255, alpha) / alpha;
      return sums.map((sum) => Math.min(alpha, Math.max(0, sum)) * share);
    }),
  );
}

const shown = (rgba: Uint8Array) =>
  [...rgba].map((value, at) =>
    at % 4 === 3 ? value : (value * (rgba[at - (at % 4) + 3] ?? 0)) / 255,
  );

const furthest = (one: readonly number[], other: readonly number[]) =>
  one.reduce((most, value, at) => Math.max(most, Math.abs(value - (other[at] ?? NaN))), 0);

describe.each([true, false])("a picture that is opaque: %s", (opaque) => {
  test.each<[Size, Size, Window | undefined]>([
    [{ width: 20, height: 15 }, { width: 9, height: 7 }, undefined],
    [{ width: 9, height: 7 }, { width: 20, height: 15 }, undefined],
    [{ width: 41, height: 43 }, { width: 5, height: 6 }, undefined],
    [{ width: 61, height: 9 }, { width: 6, height: 9 }, undefined],
    [{ width: 9, height: 61 }, { width: 9, height: 6 }, undefined],
    [
      { width: 30, height: 30 },
      { width: 12, height: 10 },
      { x: 3.5, y: 5.25, width: 20, height: 17.5 },
    ],
    [
      { width: 30, height: 30 },
      { width: 3, height: 2 },
      { x: 4.5, y: 2.5, width: 21, height: 23 },
    ],
    [
      { width: 30, height: 30 },
      { width: 14, height: 14 },
      { x: -1.5, y: 3, width: 33, height: 29.5 },
    ],
    [
      { width: 12, height: 10 },
      { width: 6, height: 5 },
      { x: 3, y: 4, width: 6, height: 5 },
    ],
    [
      { width: 12, height: 10 },
      { width: 6, height: 5 },
      { x: 2.5, y: 4, width: 6, height: 5 },
    ],
    [
      { width: 12, height: 10 },
      { width: 6, height: 5 },
      { x: 3, y: 3.5, width: 6, height: 5 },
    ],
    [
      { width: 12, height: 10 },
      { width: 6, height: 5 },
      { x: 3, y: 4, width: 6, height: 6 },
    ],
    [{ width: 3, height: 2 }, { width: 1, height: 1 }, undefined],
  ])("is weighed as its axes say, and nothing else is written: %j to %j", (source, to, asked) => {
    const workspace = newWorkspace();
    const window = asked ?? { x: 0, y: 0, ...source };
    const rgba = noise(source.width, source.height, !opaque);
    const bitmap = load(workspace, rgba, source.width, source.height, opaque);
    const target = loadInside(workspace, new Uint8Array(to.width * to.height * 4), to);
    const next = nextBlock(workspace);
    const { pointer, stride } = target.bitmap;
    resize(workspace, bitmap, window, { pointer, pixelStride: 4, rowStride: stride, ...to });
    const actual = shown(target.rgba());
    expect(furthest(actual, expected(rgba, source, window, to))).toBeLessThan(opaque ? 1.1 : 2.1);
    expect(target.isUntouchedAround()).toBe(true);
    expect(nextBlock(workspace)).toBe(next);
  });
});

test("a copy keeps the colours of what is transparent", () => {
  const workspace = newWorkspace();
  const hidden = Uint8Array.of(9, 99, 199, 0, 5, 6, 7, 1);
  const bitmap = load(workspace, hidden, 2, 1, false);
  const copy = load(workspace, new Uint8Array(8), 2, 1, false);
  const target = { pointer: copy.pointer, pixelStride: 4, rowStride: 8, width: 2, height: 1 };
  resize(workspace, bitmap, { x: 0, y: 0, width: 2, height: 1 }, target);
  expect([...bytesAt(workspace, copy.pointer, 8)]).toEqual([...hidden]);
});

describe("what a resize costs", () => {
  const to = { width: 20, height: 30 };

  function watched(source: Size, window: Window = { x: 0, y: 0, ...source }) {
    const { workspace, callsOf } = watchedWorkspace();
    const blocks: number[] = [];
    const bitmap = load(workspace, noise(source.width, source.height), source.width, source.height);
    const { pointer } = load(workspace, new Uint8Array(20 * 30 * 4), 20, 30);
    const allocate = (bytes: number) => (blocks.push(bytes), workspace.allocate(bytes));
    const target = { pointer, pixelStride: 4, rowStride: 80, ...to };
    resize({ ...workspace, allocate }, bitmap, window, target);
    const rowsRead = callsOf("widen").map(([row = 0]) => (row - bitmap.pointer) / bitmap.stride);
    return { blocks, callsOf, rowsRead };
  }

  test("each row of the window is read once, and each of the output made once", () => {
    const { callsOf, rowsRead } = watched({ width: 60, height: 90 });
    expect(rowsRead).toEqual(Array.from({ length: 90 }, (_, row) => row));
    expect(callsOf("convolveRows")).toHaveLength(45);
    expect(callsOf("place")).toHaveLength(30);
    const part = watched({ width: 60, height: 90 }, { x: 0, y: 30, width: 60, height: 30 });
    expect(part.rowsRead.length).toBeLessThanOrEqual(30);
    const copied = watched({ width: 60, height: 90 }, { x: 3, y: 4, ...to });
    expect(copied.rowsRead).toEqual([]);
  });

  test("of an odd number of rows the last is read in the place of the one that is not there", () => {
    const { rowsRead } = watched({ width: 60, height: 91 });
    expect(rowsRead.slice(-3)).toEqual([89, 90, 90]);
  });

  test("it holds weights, a ring of rows as long as the filter reaches and two lines, in one block", () => {
    // Ten parts, behind each of which kernels may read and write.
    const [least, most] = [10 * 32, 10 * 48];
    // Of each axis 10 pairs of weights; 10 pairs of rows in the ring; two rows of the source.
    const { blocks } = watched({ width: 60, height: 90 });
    const weights = (20 + 30) * 10 * 2 * 2 + 20 * 4 + 10 * 4;
    const rows = 10 * (20 * 16 + 64) + 2 * (60 + 20) * 8 + 20 * 8 + 20 * 4;
    expect(blocks).toHaveLength(1);
    expect(blocks[0]).toBeGreaterThanOrEqual(weights + rows + least);
    expect(blocks[0]).toBeLessThan(weights + rows + most);

    // Where three columns are averaged first, 7 pairs are enough of these, and there is a row of 40 sums in addition.
    const boxed = watched({ width: 120, height: 90 }).blocks[0];
    const fewer = (20 * 7 + 30 * 10) * 2 * 2 + 20 * 4 + 10 * 4;
    const withSums = 10 * (20 * 16 + 64) + 2 * (120 + 14) * 8 + 20 * 8 + 20 * 4 + 40 * 16;
    expect(boxed).toBeGreaterThanOrEqual(fewer + withSums + least);
    expect(boxed).toBeLessThan(fewer + withSums + most);
  });
});
