import fc from "fast-check";
import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA } from "thumbhash";
import { describe, expect, test } from "vitest";
import { dominantColour } from "../../../core/plan/dominant-colour.ts";
import { describePicture } from "../../../core/plan/picture-description.ts";
import { previewSize } from "../../../core/plan/preview-size.ts";
import { pictureInfo } from "../image/picture-info.ts";

/** So many pixels of each colour, given as `[count, r, g, b, a]`. */
const pixels = (...runs: [count: number, ...rgba: number[]][]) =>
  Uint8Array.from(runs.flatMap(([count, ...rgba]) => Array(count).fill(rgba).flat()));

describe("the dominant colour", () => {
  test.each([
    ["is the most frequent", pixels([3, 200, 30, 40, 255], [2, 0, 0, 255, 255]), [200, 30, 40]],
    ["is a mean of what is alike", pixels([1, 64, 0, 0, 255], [3, 68, 0, 0, 255]), [67, 0, 0]],
    [
      "counts a pixel by its alpha",
      pixels([3, 9, 9, 9, 80], [1, 250, 250, 250, 255]),
      [250, 250, 250],
    ],
    ["weighs the mean by alpha", pixels([1, 0, 0, 0, 255], [1, 12, 0, 0, 85]), [3, 0, 0]],
    ["is the first of two alike", pixels([2, 255, 0, 0, 255], [2, 0, 255, 0, 255]), [255, 0, 0]],
  ])("%s", (_, rgba, [r, g, b]) => {
    expect(dominantColour(rgba)).toEqual({ r, g, b, a: 255 });
  });

  test("is absent where nothing is visible", () => {
    expect(dominantColour(pixels([4, 255, 0, 0, 0]))).toBeUndefined();
    expect(dominantColour(new Uint8Array())).toBeUndefined();
  });

  test("is one that the pixels have, and independent of their order", () => {
    const pixel = fc.tuple(...Array.from({ length: 3 }, () => fc.constantFrom(0, 100, 250)));
    fc.assert(
      fc.property(fc.array(pixel, { minLength: 1 }), (colours) => {
        const opaque = colours.map((colour) => [...colour, 255]);
        const found = dominantColour(Uint8Array.from(opaque.flat()));
        const votes = (list: number[][]) =>
          list.filter(([r, g, b]) => r === found?.r && g === found?.g && b === found?.b).length;
        for (const colour of opaque) {
          const same = opaque.filter((other) => other.join() === colour.join()).length;
          expect(votes(opaque)).toBeGreaterThanOrEqual(same);
        }
      }),
    );
  });
});

describe("a description", () => {
  const source = pictureInfo({ width: 4000, height: 3000, orientation: 6 });
  const rendition = { width: 600, height: 800 };
  const { width, height } = previewSize(rendition);
  const rgba = pixels([width * height, 30, 144, 255, 255]);
  const described = () => describePicture(source, 1_000_000, rendition, { width, height, rgba });

  test("tells the rendition's size and the upright source's", () => {
    expect(described()).toMatchObject({
      width: 600,
      height: 800,
      dominant_color: "#1e90ff",
      original: {
        file_size: 1_000_000,
        width: 3000,
        height: 4000,
        format: "image/jpeg",
        orientation: 6,
      },
    });
  });

  test("has a ThumbHash of the rendition's colour and aspect", () => {
    const hash = Buffer.from(described().thumbhash, "base64");
    const { r, g, b, a } = thumbHashToAverageRGBA(hash);
    const errors = [r * 255 - 30, g * 255 - 144, b * 255 - 255].map(Math.abs);
    expect(Math.max(...errors)).toBeLessThan(12);
    expect(a).toBe(1);
    expect(Math.abs(thumbHashToApproximateAspectRatio(hash) - 0.75)).toBeLessThan(0.1);
  });

  test("has no colour where nothing is visible", () => {
    const clear = { width: 1, height: 1, rgba: pixels([1, 0, 0, 0, 0]) };
    expect(describePicture(source, 1, rendition, clear).dominant_color).toBeNull();
  });
});

test("a preview is at most 100 pixels a side, keeps the aspect and is never enlarged", () => {
  expect(previewSize({ width: 800, height: 600 })).toEqual({ width: 100, height: 75 });
  expect(previewSize({ width: 1, height: 12_000 })).toEqual({ width: 1, height: 100 });
  expect(previewSize({ width: 40, height: 30 })).toEqual({ width: 40, height: 30 });
});
