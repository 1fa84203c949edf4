import { describe, expect, test } from "vitest";
import {
  BitmapPlanes,
  SampledPlanes,
  type PlaneRows,
} from "../../../../engine/codecs/jpeg/encoder-planes.ts";
import { layOutGrid, type Grid } from "../../../../engine/codecs/jpeg/grid.ts";
import type { Plane } from "../../../../engine/pixels/plane-sampler.ts";
import { bytesAt, type Workspace } from "../../../../engine/pixels/workspace.ts";
import { load, newWorkspace, nextBlock, noise } from "../../pixels/fixtures.ts";

const full = ["y", "cb", "cr"] as const;
const halves = ["halfCb", "halfCr"] as const;
type PlaneName = (typeof full)[number] | (typeof halves)[number];

/**
 * A plane's rows as they are filled for each row of MCUs, one below the other, in memory that others have used; bytes
 * outside of `names` must stay.
 */
function filled(
  workspace: Workspace,
  grid: Grid,
  source: PlaneRows,
  names: readonly PlaneName[],
): (name: PlaneName) => number[][] {
  const base = workspace.allocate(grid.bytes);
  const rows = new Map<PlaneName, number[][]>(names.map((name) => [name, []]));
  for (let mcuRow = 0; mcuRow < grid.mcuRows; mcuRow++) {
    const memory = bytesAt(workspace, base, grid.bytes).fill(0x5a);
    source.fill(base, grid, mcuRow * grid.mcuSide);
    for (const [name, read] of rows) {
      const isHalf = name.startsWith("half");
      const width = isHalf ? grid.paddedWidth / 2 : grid.paddedWidth;
      for (let row = 0; row < (isHalf ? 8 : grid.mcuSide); row++) {
        const at = grid[name] + row * width * 2;
        read.push([...new Int16Array(workspace.memory.buffer, base + at, width)]);
        memory.fill(0x5a, at, at + width * 2);
      }
    }
    expect(memory.every((byte) => byte === 0x5a)).toBe(true);
  }
  return (name) => rows.get(name) ?? [];
}

/** All rows of a plane whose last column and line repeat. */
const expected = (
  { width, height }: { width: number; height: number },
  { columns, rows }: { columns: number; rows: number },
  value: (x: number, y: number) => number,
) =>
  Array.from({ length: rows }, (_row, y) =>
    Array.from({ length: columns }, (_column, x) =>
      value(Math.min(x, width - 1), Math.min(y, height - 1)),
    ),
  );

const sizes = [
  [21, 37],
  [16, 32],
  [1, 1],
  [33, 17],
  [7, 18],
] as const;

describe("a bitmap's planes are luma and chroma, and repeat its last column and line", () => {
  const weights = {
    y: [0.299, 0.587, 0.114],
    cb: [-0.168736, -0.331264, 0.5],
    cr: [0.5, -0.418688, -0.081312],
  } as const;

  test.each(
    sizes.flatMap(([width, height]) =>
      (["4:2:0", "4:4:4"] as const).map((subsampling) => [width, height, subsampling] as const),
    ),
  )("%i x %i, %s", (width, height, subsampling) => {
    const workspace = newWorkspace();
    const rgba = noise(width, height);
    const grid = layOutGrid(width, height, subsampling);
    const source = new BitmapPlanes(workspace, load(workspace, rgba, width, height));
    const names = grid.halved ? [...full, ...halves] : full;
    const planeOf = filled(workspace, grid, source, names);
    const area = { columns: grid.paddedWidth, rows: grid.mcuRows * grid.mcuSide };
    for (const name of full) {
      const level = name === "y" ? 128 : 0;
      const plane = expected({ width, height }, area, (x, y) => {
        const at = (y * width + x) * 4;
        return weights[name].reduce(
          (sum, weight, k) => sum + weight * (rgba[at + k] ?? NaN),
          -level,
        );
      });
      const differences = planeOf(name).flatMap((row, y) =>
        row.map((value, x) => Math.abs(value - (plane[y]?.[x] ?? NaN))),
      );
      expect(differences).toHaveLength(area.columns * area.rows);
      expect(Math.max(...differences)).toBeLessThan(0.52);
    }
    for (const [whole, half] of [
      ["cb", "halfCb"],
      ["cr", "halfCr"],
    ] as const) {
      const chroma = planeOf(whole);
      const last = Math.ceil(height / 2) - 1;
      const means = Array.from({ length: area.rows / 2 }, (_row, y) =>
        Array.from({ length: area.columns / 2 }, (_column, x) => {
          const lines = [0, 1].map((more) => chroma[2 * Math.min(y, last) + more] ?? []);
          const four = lines.flatMap((line) => line.slice(2 * x, 2 * x + 2));
          // Ties are rounded down and up in turn.
          return Math.floor((four.reduce((sum, value) => sum + value, 0) + (x % 2 ? 2 : 1)) / 4);
        }),
      );
      expect(planeOf(half)).toEqual(grid.halved ? means : []);
    }
  });
});

describe("a source's planes", () => {
  const everything = { x: 0, y: 0, width: 1, height: 1 };
  const valueAt = (index: number) => (x: number, y: number) =>
    Math.imul(x * 7919 + y * 104_729 + index, 2_654_435_761) >>> 24;

  /** Luma, or luma and chroma of half its size. */
  function planesOf(workspace: Workspace, width: number, height: number, count: number): Plane[] {
    return Array.from({ length: count }, (_plane, index) => {
      const density = index === 0 ? 1 : 2;
      const own = { extentX: width / density, extentY: height / density };
      const [columns, rows] = [Math.ceil(own.extentX), Math.ceil(own.extentY)];
      const stride = columns + 64;
      const pointer = workspace.allocate(stride * rows + 64);
      for (let y = 0; y < rows; y++)
        for (let x = 0; x < columns; x++)
          bytesAt(workspace, pointer + y * stride, columns)[x] = valueAt(index)(x, y);
      const ring = { pointer, stride, ringRows: rows, ready: () => {} };
      return { ...own, ...ring, width: columns, height: rows };
    });
  }
  const sample = (
    workspace: Workspace,
    planes: readonly Plane[],
    size: { width: number; height: number },
  ) => {
    const rest = { samples: "planes", finish: () => {}, free: () => {} } as const;
    return new SampledPlanes({ ...rest, workspace, planes, size }, everything, size);
  };

  test.each(sizes.flatMap(([width, height]) => [1, 3].map((count) => [width, height, count])))(
    "%i x %i are sampled at their own size, and repeat their last column and line (planes: %i)",
    (width = 0, height = 0, count = 0) => {
      const workspace = newWorkspace();
      const size = { width, height };
      const grid = layOutGrid(width, height, "4:2:0");
      const source = sample(workspace, planesOf(workspace, width, height, count), size);
      const planeOf = filled(workspace, grid, source, ["y", ...halves]);
      const [columns, rows] = [grid.paddedWidth, grid.mcuRows * 16];
      const luma = valueAt(0);
      expect(planeOf("y")).toEqual(expected(size, { columns, rows }, (x, y) => luma(x, y) - 128));
      const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
      const area = { columns: columns / 2, rows: rows / 2 };
      for (const [k, name] of halves.entries()) {
        const chroma = valueAt(k + 1);
        // Grey has no chroma.
        const value = (x: number, y: number) => (count === 1 ? 0 : chroma(x, y) - 128);
        expect(planeOf(name)).toEqual(expected(half, area, value));
      }
    },
  );

  test("are sampled in memory that is given back", () => {
    const workspace = newWorkspace();
    const planes = planesOf(workspace, 20, 10, 3);
    const next = nextBlock(workspace);
    const source = sample(workspace, planes, { width: 10, height: 5 });
    expect(nextBlock(workspace)).not.toBe(next);
    source.free();
    expect(nextBlock(workspace)).toBe(next);
  });
});
