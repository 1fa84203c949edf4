import { describe, expect, test } from "vitest";
import { PlaneSampler, type Part, type Plane } from "../../../engine/pixels/plane-sampler.ts";
import { planeTaps } from "../../../engine/pixels/plane-taps.ts";
import { one } from "../../../engine/pixels/taps.ts";
import { bytesAt, type Workspace } from "../../../engine/pixels/workspace.ts";
import { newWorkspace } from "./fixtures.ts";

interface Shape {
  readonly width: number;
  readonly height: number;
  /** What the picture covers; the plane's size where it is left out. */
  readonly extentX?: number;
  readonly extentY?: number;
}

const whole: Part = { x: 0, y: 0, width: 1, height: 1 };
const valueAt = (x: number, y: number) => Math.imul(x * 7919 + y * 104_729, 2_654_435_761) >>> 24;

/** A plane in a ring of `ringRows`, of which only the last rows are there, and the rows it was asked for. */
function newPlane(workspace: Workspace, shape: Shape, ringRows = 64) {
  const { width, height } = shape;
  const stride = width + 100;
  const pointer = workspace.allocate(stride * ringRows + 100);
  const asked: number[] = [];
  let made = 0;
  const plane: Plane = {
    extentX: width,
    extentY: height,
    ...shape,
    pointer,
    stride,
    ringRows,
    ready(row) {
      asked.push(row);
      for (; made <= row; made++) {
        const bytes = bytesAt(workspace, pointer + (made % ringRows) * stride, width);
        for (let x = 0; x < width; x++) bytes[x] = valueAt(x, made);
      }
    },
  };
  return { plane, asked };
}

/** All rows, as bytes, made in memory that others have used before. */
function sampled(
  shape: Shape,
  part: Part,
  size: { width: number; height: number },
  ringRows?: number,
) {
  const workspace = newWorkspace();
  const used = workspace.allocate(200_000);
  bytesAt(workspace, used, 200_000).fill(255);
  workspace.free(used);
  const { plane, asked } = newPlane(workspace, shape, ringRows);
  const sampler = new PlaneSampler(workspace, plane, part, size);
  const out = workspace.allocate(sampler.width * 2 + 16);
  const rows = Array.from({ length: sampler.height }, (_, y) => {
    sampler.sample(y, out);
    const samples = new Int16Array(workspace.memory.buffer, out, sampler.width);
    return [...samples].map((sample) => sample + 128);
  });
  return { rows, asked };
}

/** The same by numbers that are not rounded in between. */
function exact(shape: Shape, part: Part, size: { width: number; height: number }) {
  const { width, height, extentX = width, extentY = height } = shape;
  const axis = (inputs: number, extent: number, from: number, share: number, outputs: number) =>
    planeTaps(inputs, extent * from, (extent * share) / outputs, Math.ceil(outputs), 2);
  const columns = axis(width, extentX, part.x, part.width, size.width);
  const rows = axis(height, extentY, part.y, part.height, size.height);
  const sum = (
    { starts, weights, count }: typeof rows,
    output: number,
    value: (at: number) => number,
  ) =>
    Array.from({ length: count }, (_, k) => {
      const weight = weights[output * count + k] ?? 0;
      return weight === 0 ? 0 : (weight / one) * value((starts[output] ?? 0) + k);
    }).reduce((total, share) => total + share, 0);
  return Array.from(rows.starts, (_row, y) =>
    Array.from(columns.starts, (_column, x) => {
      const value = sum(columns, x, (column) => sum(rows, y, (row) => valueAt(column, row)));
      return Math.min(255, Math.max(0, value));
    }),
  );
}

const furthest = (rows: readonly number[][], expected: readonly number[][]) =>
  Math.max(
    ...rows.flatMap((row, y) => row.map((value, x) => Math.abs(value - (expected[y]?.[x] ?? NaN)))),
  );

describe("a plane is resampled by the weights of its axes", () => {
  test.each<[string, Shape, Part, { width: number; height: number }]>([
    ["smaller", { width: 90, height: 70 }, whole, { width: 40, height: 30 }],
    ["larger", { width: 20, height: 30 }, whole, { width: 50, height: 41 }],
    ["along one axis", { width: 40, height: 60 }, whole, { width: 40, height: 30 }],
    ["along the other axis", { width: 40, height: 30 }, whole, { width: 20, height: 30 }],
    [
      "a part of it",
      { width: 90, height: 70 },
      { x: 0.4, y: 0.3, width: 0.3, height: 0.5 },
      { width: 19, height: 15 },
    ],
    [
      "chroma of odd sides, to half of odd sides",
      { width: 46, height: 36, extentX: 45.5, extentY: 35.5 },
      whole,
      { width: 20.5, height: 16.5 },
    ],
    ["smaller than the filter", { width: 3, height: 2 }, whole, { width: 2, height: 1 }],
    [
      "from between its samples",
      { width: 40, height: 40 },
      { ...whole, x: 0.0125, width: 0.5 },
      { width: 20, height: 40 },
    ],
  ])("%s", (_, shape, part, size) => {
    const { rows, asked } = sampled(shape, part, size);
    expect([rows[0]?.length, rows.length]).toEqual([Math.ceil(size.width), Math.ceil(size.height)]);
    expect(furthest(rows, exact(shape, part, size))).toBeLessThan(0.6);
    expect(Math.max(...asked)).toBeLessThan(shape.height);
  });
});

test("a part that keeps its size is copied, and only its own rows are asked for", () => {
  const shape = { width: 40, height: 30 };
  const part = { x: 0.25, y: 0.2, width: 0.5, height: 0.5 };
  const { rows, asked } = sampled(shape, part, { width: 20, height: 15 });
  expect(asked).toEqual(Array.from({ length: 15 }, (_, y) => y + 6));
  expect(rows).toEqual(
    asked.map((row) => Array.from({ length: 20 }, (_, x) => valueAt(x + 10, row))),
  );
});

test("no more rows are looked at, at once, than the filter reaches", () => {
  const shape = { width: 30, height: 90 };
  const size = { width: 10, height: 30 };
  const { rows, asked } = sampled(shape, whole, size, 18);
  expect(rows).toEqual(sampled(shape, whole, size).rows);
  expect(asked.slice(0, 4)).toEqual([17, 17, 17, 19]);
});

test("what a sampler holds lies in one block, as large as the part asks, which it gives back", () => {
  const workspace = newWorkspace();
  const blocks: number[] = [];
  const allocate = (bytes: number) => (blocks.push(bytes), workspace.allocate(bytes));
  const { plane } = newPlane(workspace, { width: 1600, height: 90 });
  const next = workspace.allocate(1);
  workspace.free(next);
  const part = { x: 0.5, y: 0, width: 0.25, height: 1 };
  const sampler = new PlaneSampler({ ...workspace, allocate }, plane, part, {
    width: 200,
    height: 45,
  });
  // Starts and 16 weights of each column, weights of eight more, 12 weights of each row, the rows' addresses, a line.
  const needed = 200 * 4 + (200 + 8) * 16 * 2 + 45 * 12 * 2 + 12 * 4 + (420 + 16) * 2;
  // Five parts, behind each of which kernels may read and write.
  expect(blocks.length).toBe(1);
  expect(blocks[0]).toBeGreaterThanOrEqual(needed + 5 * 64);
  expect(blocks[0]).toBeLessThan(needed + 5 * 80);
  sampler.free();
  expect(workspace.allocate(1)).toBe(next);
});
