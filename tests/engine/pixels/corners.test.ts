import { describe, expect, test } from "vitest";
import { cornerRadii, roundCorners } from "../../../engine/pixels/corners.ts";
import { load, newWorkspace, read } from "./fixtures.ts";

const [width, height] = [12, 9];
const none = { topLeft: 0, topRight: 0, bottomRight: 0, bottomLeft: 0 };
const each = { topLeft: 2, topRight: 3, bottomRight: 5, bottomLeft: 4 };

describe("the radii of corners", () => {
  const radii = (asked: typeof none | undefined, size = { width: 100, height: 80 }, dpr = 1) =>
    cornerRadii(size, { "border-radius": asked, dpr });

  test("are those asked for, times the dpr, where they fit", () => {
    expect(radii(each)).toEqual(each);
    expect(radii(each, undefined, 2)).toEqual({
      topLeft: 4,
      topRight: 6,
      bottomRight: 10,
      bottomLeft: 8,
    });
    expect(radii(undefined)).toEqual(none);
  });

  test.each([
    ["upper", { ...none, topLeft: 150, topRight: 50, bottomLeft: 4 }, 0.5],
    ["lower", { ...none, bottomLeft: 150, bottomRight: 50, topRight: 4 }, 0.5],
    ["left", { ...none, topLeft: 60, bottomLeft: 100, bottomRight: 4 }, 0.5],
    ["right", { ...none, topRight: 60, bottomRight: 100, topLeft: 4 }, 0.5],
  ])("shrink alike where two of them meet on the %s side", (_side, asked, fit) => {
    expect(radii(asked)).toEqual({
      topLeft: asked.topLeft * fit,
      topRight: asked.topRight * fit,
      bottomRight: asked.bottomRight * fit,
      bottomLeft: asked.bottomLeft * fit,
    });
  });
});

describe("rounding corners", () => {
  /** The alpha of each pixel of an opaque picture of one colour, row by row. */
  function alphas(radii: typeof none): number[] {
    const workspace = newWorkspace();
    const colour = new Uint8Array(width * height * 4).map(
      (_, at) => [10, 20, 30, 200][at % 4] ?? 0,
    );
    const rounded = roundCorners(workspace, load(workspace, colour, width, height), radii);
    expect(rounded).toMatchObject({ width, height, opaque: false });
    const rgba = read(workspace, rounded);
    expect(rgba.filter((_, at) => at % 4 < 3)).toEqual(colour.filter((_, at) => at % 4 < 3));
    return [...rgba.filter((_, at) => at % 4 === 3)];
  }

  /** The share of a pixel inside the rounded picture, by trying 32 × 32 points of it. */
  function shareInside(
    x: number,
    y: number,
    { topLeft, topRight, bottomRight, bottomLeft }: typeof none,
  ) {
    let inside = 0;
    for (let point = 0; point < 1024; point++) {
      const left = x + ((point % 32) + 0.5) / 32;
      const top = y + (Math.floor(point / 32) + 0.5) / 32;
      const [right, bottom] = [width - left, height - top];
      const isCut = (radius: number, across: number, down: number) =>
        across < radius && down < radius && Math.hypot(radius - across, radius - down) > radius;
      const isOutside =
        isCut(topLeft, left, top) ||
        isCut(topRight, right, top) ||
        isCut(bottomRight, right, bottom) ||
        isCut(bottomLeft, left, bottom);
      if (!isOutside) inside++;
    }
    return inside / 1024;
  }

  test.each([
    ["different ones", each],
    ["fractional ones", { topLeft: 4.5, topRight: 1.3, bottomRight: 0.3, bottomLeft: 3.7 }],
    ["half of the picture", { ...none, topLeft: 9, bottomRight: 0.5 }],
    ["a circle at each end", { topLeft: 4.5, topRight: 4.5, bottomRight: 4.5, bottomLeft: 4.5 }],
  ])("leaves of each pixel's alpha the share that lies inside: %s", (_, radii) => {
    const left = alphas(radii);
    const off = left.map((alpha, at) =>
      Math.abs(alpha / 200 - shareInside(at % width, Math.floor(at / width), radii)),
    );
    expect(Math.max(...off)).toBeLessThan(0.09);
  });

  test("changes no pixel where no radius is asked", () => {
    expect(new Set(alphas(none))).toEqual(new Set([200]));
  });
});
