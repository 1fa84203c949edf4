import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentBox, type PixelRows } from "../../../engine/analysis/content-box.ts";

const white = { r: 255, g: 255, b: 255, a: 255 };
const clear = { r: 0, g: 0, b: 0, a: 0 };

type Pixel = readonly [red: number, green: number, blue: number, alpha: number];

/** One character a pixel; rows are as far apart as `gap` more bytes than they need. */
function picture(
  rows: readonly string[],
  legend: Readonly<Record<string, Pixel>>,
  gap = 0,
): PixelRows {
  const width = rows[0]?.length ?? 0;
  const stride = width * 4 + gap;
  const rgba = new Uint8Array(stride * rows.length).fill(7);
  rows.forEach((row, y) => {
    row.split("").forEach((character, x) => rgba.set(legend[character] ?? [], y * stride + x * 4));
  });
  return { width, height: rows.length, stride, rgba };
}

const legend = {
  ".": [255, 255, 255, 255],
  ",": [250, 255, 251, 255],
  "#": [20, 40, 60, 255],
  " ": [9, 99, 199, 0],
  "~": [200, 0, 0, 4],
} as const;

describe("contentBox", () => {
  test.each([
    ["one pixel", ["....", "..#.", "...."], { x: 2, y: 1, width: 1, height: 1 }],
    ["far corners", ["#....", ".....", "....#"], { x: 0, y: 0, width: 5, height: 3 }],
    ["the other corners", ["....#", ".....", "#...."], { x: 0, y: 0, width: 5, height: 3 }],
    ["nothing but content", ["##", "##"], { x: 0, y: 0, width: 2, height: 2 }],
    [
      "a ring with a hole",
      [".....", ".###.", ".#.#.", ".###."],
      { x: 1, y: 1, width: 3, height: 3 },
    ],
    ["a border on one side", ["##.", "##.", "##."], { x: 0, y: 0, width: 2, height: 3 }],
    ["a border nearly white", [",,,,", ",.#,", ",,,,"], { x: 2, y: 1, width: 1, height: 1 }],
  ])("finds %s", (_, rows, box) => {
    expect(contentBox(picture(rows, legend), white, 5)).toEqual(box);
    expect(contentBox(picture(rows, legend, 20), white, 5)).toEqual(box);
  });

  test("counts a difference only beyond the tolerance, in any channel", () => {
    const rows = ["...", ".,.", "..."];
    expect(contentBox(picture(rows, legend), white, 5)).toBeUndefined();
    expect(contentBox(picture(rows, legend), white, 4)).toEqual({
      x: 1,
      y: 1,
      width: 1,
      height: 1,
    });
    for (const channel of [0, 1, 2, 3]) {
      const odd: [number, number, number, number] = [255, 255, 255, 255];
      odd[channel] = 249;
      const pixels = picture(["..", ".?"], { ...legend, "?": odd });
      expect(contentBox(pixels, white, 6)).toBeUndefined();
      expect(contentBox(pixels, white, 5)).toEqual({ x: 1, y: 1, width: 1, height: 1 });
    }
  });

  test("takes all transparent pixels for one colour", () => {
    const rows = ["    ", " ~# ", "    "];
    expect(contentBox(picture(rows, legend), clear, 4)).toEqual({
      x: 2,
      y: 1,
      width: 1,
      height: 1,
    });
    expect(contentBox(picture(rows, legend), clear, 3)).toEqual({
      x: 1,
      y: 1,
      width: 2,
      height: 1,
    });
  });

  test("takes no transparent pixel for an opaque colour", () => {
    const hidden = picture(["..", ". "], { ...legend, " ": [255, 255, 255, 0] });
    expect(contentBox(hidden, white, 10)).toEqual({ x: 1, y: 1, width: 1, height: 1 });
  });

  test.each([
    ["a white picture", ["...", "..."], white],
    ["a single pixel", ["."], white],
    ["a transparent picture", ["  ", " ~"], clear],
  ])("finds nothing in %s", (_, rows, colour) => {
    expect(contentBox(picture(rows, legend), colour, 5)).toBeUndefined();
  });

  test("agrees with looking at every pixel", () => {
    const pixel = fc.constantFrom(".", ".", ".", ".", ".", ",", "#", " ");
    const rows = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .chain(([width, height]) =>
        fc.array(
          fc.array(pixel, { minLength: width, maxLength: width }).map((row) => row.join("")),
          {
            minLength: height,
            maxLength: height,
          },
        ),
      );
    fc.assert(
      fc.property(rows, fc.constantFrom(0, 5, 255), (drawing, tolerance) => {
        const border = tolerance === 0 ? "." : tolerance === 5 ? ".," : "., #";
        const found = drawing.flatMap((row, y) =>
          row.split("").flatMap((character, x) => (border.includes(character) ? [] : [{ x, y }])),
        );
        const columns = found.map(({ x }) => x);
        const lines = found.map(({ y }) => y);
        const x = Math.min(...columns);
        const y = Math.min(...lines);
        const expected =
          found.length === 0
            ? undefined
            : { x, y, width: Math.max(...columns) - x + 1, height: Math.max(...lines) - y + 1 };
        expect(contentBox(picture(drawing, legend), white, tolerance)).toEqual(expected);
      }),
    );
  });
});
