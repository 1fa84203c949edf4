import { describe, expect, test } from "vitest";
import type { Refusal } from "../../../core/image/refusal.ts";
import type { Size } from "../../../core/image/size.ts";
import {
  DamagedSource,
  type DecodedPlanes,
  type PlaneRequest,
} from "../../../engine/codecs/codec.ts";
import type { Frame, RowCopier } from "../../../engine/codecs/frame.ts";
import {
  planesOfGrid,
  planesOfWhole,
  type DecodePart,
} from "../../../engine/codecs/part-planes.ts";
import type { Plane } from "../../../engine/pixels/plane-sampler.ts";
import { bytesAt, type Workspace } from "../../../engine/pixels/workspace.ts";
import { newWorkspace } from "../pixels/fixtures.ts";

const frame = {} as Frame;
const icc = Uint8Array.of(1, 2, 3);

const requestOf = (rowsAtOnce: number): PlaneRequest => ({
  rowsAtOnce,
  ratio: 1,
  chromaRatio: 1,
  window: { x: 0, y: 0, width: 1, height: 1 },
});

/** What the picture has at a place of a plane. */
const sampleAt = (plane: number, x: number, y: number) => (x + 10 * y + 100 * plane) % 256;

function rowOf(workspace: Workspace, { pointer, stride, ringRows, width }: Plane, row: number) {
  return [...bytesAt(workspace, pointer + (row % ringRows) * stride, width)];
}
const expectedRow = (plane: number, width: number, row: number) =>
  Array.from({ length: width }, (_, x) => sampleAt(plane, x, row));

/** All rows of all planes, asked for one after the other, are those of the picture. */
function expectPicture({ planes, workspace }: DecodedPlanes) {
  for (const [index, plane] of planes.entries()) {
    for (let row = 0; row < plane.height; row++) {
      plane.ready(row);
      expect(rowOf(workspace, plane, row)).toEqual(expectedRow(index, plane.width, row));
    }
  }
}

describe.each(["whole", "grid"] as const)("the planes of a %s", (kind) => {
  function planesOf(size: Size, rowsAtOnce: number, part = { width: 64, height: 64 }) {
    const workspace = newWorkspace();
    const next = workspace.allocate(1);
    workspace.free(next);
    const parts = { size, part, columns: 1, rows: 1, icc };
    const decoded =
      kind === "whole"
        ? planesOfWhole(parts, { frame, copyRow: () => {} }, workspace, requestOf(rowsAtOnce))
        : planesOfGrid(parts, () => undefined, workspace, requestOf(rowsAtOnce - part.height));
    return { decoded, workspace, next };
  }

  test("have chroma at half the sides, rounded up, and say what the picture covers of it", () => {
    const { decoded } = planesOf({ width: 37, height: 21 }, Infinity);
    expect(decoded.size).toEqual({ width: 37, height: 21 });
    expect(decoded.samples).toBe("planes");
    const chroma = { width: 19, height: 11, extentX: 18.5, extentY: 10.5 };
    expect(decoded.planes).toMatchObject([
      { width: 37, height: 21, extentX: 37, extentY: 21 },
      chroma,
      chroma,
    ]);
  });

  test.each([
    ["as many rows as are looked at, and the filter's", 76, [100, 50, 50]],
    ["an even number of rows", 75.5, [100, 50, 50]],
    ["no more rows than there are", Infinity, [202, 101, 101]],
  ])("hold %s", (_, rowsAtOnce, ringRows) => {
    const { decoded } = planesOf({ width: 30, height: 201 }, rowsAtOnce);
    expect(decoded.planes.map((plane) => plane.ringRows)).toEqual(ringRows);
  });

  test("lie one behind the other, with a margin behind each row", () => {
    const { decoded, workspace, next } = planesOf({ width: 33, height: 20 }, Infinity);
    const [luma, cb, cr] = decoded.planes;
    expect(decoded.planes.map(({ stride }) => stride)).toEqual([48 + 64, 32 + 64, 32 + 64]);
    expect(luma?.pointer).toBe(next);
    expect(cb?.pointer).toBe(next + 20 * 112);
    expect(cr?.pointer).toBe(next + 20 * 112 + 10 * 96);
    expect(workspace.allocate(1)).toBe(next + 20 * 112 + 2 * 10 * 96 + 64);
    decoded.free();
    expect(workspace.allocate(1)).toBe(next);
  });

  test("carry a profile where there is one", () => {
    expect(planesOf({ width: 8, height: 8 }, 8).decoded.icc).toBe(icc);
    const parts = {
      size: { width: 8, height: 8 },
      part: { width: 8, height: 8 },
      columns: 1,
      rows: 1,
    };
    const workspace = newWorkspace();
    const none =
      kind === "whole"
        ? planesOfWhole(parts, { frame, copyRow: () => {} }, workspace, requestOf(8))
        : planesOfGrid(parts, () => undefined, workspace, requestOf(8));
    expect("icc" in none).toBe(false);
  });
});

test("rows of a whole are copied when they are asked for, each once", () => {
  const workspace = newWorkspace();
  const copied: string[] = [];
  const copyRow: RowCopier = (_frame, plane, row, count, out, to) => {
    copied.push(`${plane}:${row}`);
    out.set(expectedRow(plane, count, row), to);
  };
  const size = { width: 7, height: 90 };
  const parts = { size, part: size, columns: 1, rows: 1 };
  const decoded = planesOfWhole(parts, { frame, copyRow }, workspace, requestOf(4));
  decoded.planes[1]?.ready(2);
  decoded.planes[1]?.ready(1);
  expect(copied).toEqual(["1:0", "1:1", "1:2"]);
  expectPicture(decoded);
  expect(copied).toHaveLength(90 + 45 + 45);
  decoded.finish();
  expect(copied).toHaveLength(180);
});

describe("of a grid", () => {
  const part = { width: 32, height: 16 };
  const size = { width: 70, height: 37 };

  /** Parts 3 × 3, of which `damaged` cannot be decoded. */
  function grid(rowsAtOnce: number, damaged = -1) {
    const workspace = newWorkspace();
    const decodedParts: number[] = [];
    const refusal: Refusal = { reason: "corrupt_image", detail: "damaged" };
    const decodePart: DecodePart = (index, use) => {
      if (index === damaged) return refusal;
      decodedParts.push(index);
      const [left, top] = [(index % 3) * part.width, Math.floor(index / 3) * part.height];
      const copyRow: RowCopier = (_frame, plane, row, count, out, to) => {
        const density = plane === 0 ? 1 : 2;
        // A part is asked for no more than it has.
        if (count > part.width / density || row >= part.height / density) {
          throw new Error(`${count} of row ${row} of plane ${plane}`);
        }
        for (let x = 0; x < count; x++)
          out[to + x] = sampleAt(plane, left / density + x, top / density + row);
      };
      return use({ frame, copyRow }) ?? undefined;
    };
    const parts = { size, part, columns: 3, rows: 3 };
    return {
      decoded: planesOfGrid(parts, decodePart, workspace, requestOf(rowsAtOnce)),
      decodedParts,
      refusal,
    };
  }

  test("a row of parts is decoded when the first of their rows is asked for", () => {
    const { decoded, decodedParts } = grid(Infinity);
    const [luma, cb] = decoded.planes;
    luma?.ready(0);
    luma?.ready(15);
    cb?.ready(7);
    expect(decodedParts).toEqual([0, 1, 2]);
    cb?.ready(8);
    expect(decodedParts).toEqual([0, 1, 2, 3, 4, 5]);
    decoded.finish();
    luma?.ready(36);
    expect(decodedParts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("each part shows what of it lies in the picture, in its place", () => {
    const { decoded } = grid(Infinity);
    expectPicture(decoded);
    // Nothing is written behind the last column of a row, or below the last row.
    for (const plane of decoded.planes) {
      const { pointer, stride, width, height } = plane;
      for (let row = 0; row < height; row++) {
        const margin = bytesAt(decoded.workspace, pointer + row * stride + width, stride - width);
        expect(margin.every((byte) => byte === 0)).toBe(true);
      }
    }
  });

  test("rows are there as long as they are looked at", () => {
    const { decoded } = grid(1);
    const [luma] = decoded.planes;
    expect(luma?.ringRows).toBeLessThan(64);
    for (let row = 0; row < size.height; row++) {
      luma?.ready(row);
      expect(luma && rowOf(decoded.workspace, luma, row)).toEqual(expectedRow(0, size.width, row));
    }
  });

  test("a part that cannot be decoded is damage, which says why", () => {
    const { decoded, refusal } = grid(Infinity, 4);
    decoded.planes[0]?.ready(15);
    let thrown: unknown;
    try {
      decoded.finish();
    } catch (cause) {
      thrown = cause;
    }
    expect(thrown).toBeInstanceOf(DamagedSource);
    expect((thrown as DamagedSource).refusal).toEqual(refusal);
  });
});
