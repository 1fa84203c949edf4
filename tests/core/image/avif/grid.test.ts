import fc from "fast-check";
import { expect, test } from "vitest";
import { gridOf } from "../../../../core/image/avif/grid.ts";
import { limits } from "../../../../core/limits.ts";

test("pictures up to the limit are in one piece", () => {
  expect(gridOf({ width: 2000, height: 1000 })).toBeUndefined();
  expect(gridOf({ width: 2002, height: 1000 })).toBeDefined();
});

test("equal, even tiles cover the picture, none lies outside, and none is too large", () => {
  const side = fc.integer({ min: 170, max: limits.outputSideMax });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const grid = gridOf({ width, height });
      fc.pre(grid !== undefined && width * height <= limits.outputPixelsMax);
      const { columns, rows, tile, halvesChroma } = grid;
      for (const [count, length, whole] of [
        [columns, tile.width, width],
        [rows, tile.height, height],
      ] as const) {
        expect(length % 2).toBe(0);
        expect(length).toBeGreaterThanOrEqual(64);
        expect(count * length).toBeGreaterThanOrEqual(whole);
        expect((count - 1) * length).toBeLessThan(whole);
        expect(count).toBeLessThanOrEqual(256);
      }
      const most = limits.avifTilePixelsMax / (halvesChroma ? 1 : 2);
      expect((tile.width - 2) * (tile.height - 2)).toBeLessThanOrEqual(most);
      expect(halvesChroma).toBe(width % 2 === 0 && height % 2 === 0);
    }),
    { numRuns: 2000 },
  );
});
