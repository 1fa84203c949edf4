import { describe, expect, test } from "vitest";
import type { Orientation } from "../../../core/image/header.ts";
import {
  inverse,
  storedWindow,
  swapsSides,
  turn,
  uprightTarget,
} from "../../../engine/pixels/orientation.ts";

const orientations: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];
const [width, height] = [5, 3];

/** Where a stored pixel stands upright (CIPA DC-008). */
const uprightOf: Readonly<Record<Orientation, (x: number, y: number) => [number, number]>> = {
  1: (x, y) => [x, y],
  2: (x, y) => [width - 1 - x, y],
  3: (x, y) => [width - 1 - x, height - 1 - y],
  4: (x, y) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y) => [height - 1 - y, x],
  7: (x, y) => [height - 1 - y, width - 1 - x],
  8: (x, y) => [y, width - 1 - x],
};

describe.each(orientations)("orientation %i", (orientation) => {
  test("is written to a place on a canvas, as it stands upright", () => {
    const canvas = { pointer: 1000, width: 9, height: 9, stride: 40, opaque: true };
    const offset = { x: 2, y: 3 };
    const target = uprightTarget(orientation, canvas, offset, width, height);
    expect(target).toMatchObject({ width, height });
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [uprightX, uprightY] = uprightOf[orientation](x, y);
        const address = target.pointer + x * target.pixelStride + y * target.rowStride;
        expect(address).toBe(1000 + (uprightY + 3) * 40 + (uprightX + 2) * 4);
      }
    }
  });

  test("finds in the stored picture what a window shows", () => {
    // Of each window the two corners are enough.
    const window = storedWindow(
      orientation,
      { width, height },
      { x: 1, y: 0, width: 1, height: 2 },
    );
    const corners = [
      uprightOf[orientation](window.x, window.y),
      uprightOf[orientation](window.x + window.width - 1, window.y + window.height - 1),
    ];
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    expect([Math.min(...xs), Math.max(...xs)]).toEqual([1, 1]);
    expect([Math.min(...ys), Math.max(...ys)]).toEqual([0, 1]);
    expect(swapsSides(orientation)).toBe(window.width === 2);
  });

  test("is undone by its inverse", () => {
    const size = swapsSides(orientation) ? { width: height, height: width } : { width, height };
    const window = { x: 1, y: 0, width: 1, height: 2 };
    const stored = storedWindow(orientation, { width, height }, window);
    expect(storedWindow(inverse(orientation), size, stored)).toEqual(window);
  });
});

test("a flip, then a turn, come after an orientation", () => {
  const after = (flip: "" | "h" | "v" | "hv", rotate: 0 | 90 | 180 | 270) => (first: Orientation) =>
    turn(first, { flip, rotate });
  expect(orientations.map(after("", 0))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(orientations.map(after("h", 0))).toEqual([2, 1, 4, 3, 6, 5, 8, 7]);
  expect(orientations.map(after("v", 0))).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
  expect(orientations.map(after("hv", 0))).toEqual([3, 4, 1, 2, 7, 8, 5, 6]);
  expect(orientations.map(after("", 90))).toEqual([6, 7, 8, 5, 2, 3, 4, 1]);
  expect(orientations.map(after("", 180))).toEqual([3, 4, 1, 2, 7, 8, 5, 6]);
  expect(orientations.map(after("", 270))).toEqual([8, 5, 6, 7, 4, 1, 2, 3]);
  expect(after("h", 90)(1)).toBe(7);
});
