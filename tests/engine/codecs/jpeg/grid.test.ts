import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { coderLayout, layOutGrid, rowsOfStrip } from "../../../../engine/codecs/jpeg/grid.ts";

describe("a picture is divided into MCUs", () => {
  test("of 16 pixels a side and six blocks, where chroma is halved", () => {
    expect(layOutGrid(100, 33, "4:2:0")).toMatchObject({
      ...{ width: 100, height: 33, halved: true },
      ...{ mcuSide: 16, mcusPerRow: 7, mcuRows: 3, lumaBlocks: 4, paddedWidth: 112 },
      ...{ mcuBytes: 6 * 128, mcuRowBytes: 7 * 6 * 128, codedRowBytesMax: 7 * 6 * 512 },
    });
  });

  test("of 8 pixels a side and three blocks, where it is not", () => {
    expect(layOutGrid(100, 33, "4:4:4")).toMatchObject({
      ...{ halved: false, mcuSide: 8, mcusPerRow: 13, mcuRows: 5, lumaBlocks: 1, paddedWidth: 104 },
      ...{ mcuBytes: 3 * 128, mcuRowBytes: 13 * 3 * 128, codedRowBytesMax: 13 * 3 * 512 },
    });
  });
});

describe("a strip has the rows of MCUs whose coefficients are held at once", () => {
  test("all of a picture that is not large", () => {
    const grid = layOutGrid(100, 33, "4:2:0");
    expect(grid.stripRows).toBe(3);
    expect(rowsOfStrip(grid, 0)).toBe(3);
  });

  test("as many as fit, and what is left in the last", () => {
    // A row of 65520 pixels has 3,144,960 bytes of coefficients: four fit in 12 MiB.
    const grid = layOutGrid(65_520, 100, "4:2:0");
    expect(Math.floor(limits.jpegCoefficientBytesMax / grid.mcuRowBytes)).toBe(4);
    expect(grid.stripRows).toBe(4);
    expect([0, 1].map((strip) => rowsOfStrip(grid, strip))).toEqual([4, 3]);
    expect(layOutGrid(5_000_000, 100, "4:2:0").stripRows).toBe(1);
  });
});

test.each([
  ["4:2:0", 100, 33],
  ["4:4:4", 100, 33],
  ["4:2:0", 4000, 16],
  ["4:4:4", 8, 8],
] as const)(
  "the encoder's memory at %s, %i x %i has room for each part",
  (subsampling, width, height) => {
    const grid = layOutGrid(width, height, subsampling);
    const plane = grid.paddedWidth * grid.mcuSide * 2;
    const half = subsampling === "4:2:0" ? plane / 4 : 0;
    // A code's bytes for a row of MCUs, or 64 KiB of them, and the words that are written ahead.
    const out = Math.max(grid.codedRowBytesMax, 65_536) + 16;
    const parts = [
      [grid.lumaScales, 256],
      [grid.chromaScales, 256],
      [grid.y, plane],
      [grid.cb, plane],
      [grid.cr, plane],
      [grid.halfCb, half],
      [grid.halfCr, half],
      [grid.blocks, grid.stripRows * grid.mcuRowBytes],
      [grid.out, out],
    ] as const;
    let end: number = coderLayout.bytes;
    for (const [at, bytes] of parts) {
      // Whole vectors are loaded.
      expect(at).toBe(Math.ceil(end / 16) * 16);
      end = at + bytes;
    }
    expect(grid.bytes).toBe(Math.ceil(end / 16) * 16);
    expect(grid.outBytes).toBe(out);
  },
);

test("the coder's memory is the one that the kernels describe", () => {
  expect(coderLayout.bytes).toBe(coderLayout.zigzagMasksAt + 8 * 256 * 8);
  expect(coderLayout.zigzagMasksAt).toBe(coderLayout.tablesAt + 4 * 256 * 4);
});
