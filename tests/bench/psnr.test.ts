import { describe, expect, test } from "vitest";
import { psnr, type RgbaPicture } from "../../bench/rgba-picture.ts";

const picture = (...rgba: readonly number[]): RgbaPicture => ({
  width: rgba.length / 4,
  height: 1,
  rgba: Uint8Array.from(rgba),
});

describe("the distance of two pictures", () => {
  test.each([
    ["equal pictures", picture(1, 2, 3, 255), picture(1, 2, 3, 255), Number.POSITIVE_INFINITY],
    ["black and white", picture(0, 0, 0, 255), picture(255, 255, 255, 255), 0],
    ["one step in each colour", picture(9, 9, 9, 255), picture(10, 10, 10, 255), 48.13],
    ["what nobody sees", picture(255, 0, 0, 0), picture(0, 0, 255, 0), Number.POSITIVE_INFINITY],
    ["alpha alone", picture(0, 0, 0, 255), picture(0, 0, 0, 0), 6.02],
    ["pictures of two sizes", picture(1, 2, 3, 255), picture(1, 2, 3, 255, 1, 2, 3, 255), 0],
  ])("of %s", (_, left, right, decibels) => {
    expect(psnr(left, right)).toBeCloseTo(decibels, 1);
  });
});
