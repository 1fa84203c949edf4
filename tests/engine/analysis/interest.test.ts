import { describe, expect, test } from "vitest";
import { interestOf } from "../../../engine/analysis/interest.ts";

type Pixel = readonly [red: number, green: number, blue: number, alpha?: number];

/** The interest of each pixel of rows of pixels. */
function interest(...rows: readonly (readonly Pixel[])[]): number[] {
  const width = rows[0]?.length ?? 0;
  const rgba = Uint8Array.from(
    rows.flat().flatMap(([red, green, blue, alpha = 255]) => [red, green, blue, alpha]),
  );
  return [...interestOf({ width, height: rows.length, rgba })];
}

const grey = (level: number, alpha?: number): Pixel => [level, level, level, alpha];
const blue: Pixel = [0, 0, 255];

test("what is visible interests a little, and what is transparent not at all", () => {
  expect(interest([grey(100), grey(100, 128), grey(100, 0)])).toEqual([4, 2, 0]);
  expect(interest([grey(200, 0), [255, 0, 0, 0]])).toEqual([0, 0]);
});

describe("an edge interests", () => {
  test("by its step in luma from the left and from above, within the picture", () => {
    expect(interest([grey(100), grey(130)], [grey(150), grey(100)])).toEqual([
      4,
      4 + 30,
      4 + 50,
      4 + 50 + 30,
    ]);
  });

  test("no more than a sharp one does", () => {
    expect(interest([grey(0), grey(255)])).toEqual([4, 4 + 96]);
    expect(interest([grey(0), grey(95), grey(191)])).toEqual([4, 4 + 95, 4 + 96]);
  });

  test("as far as both of its sides are visible", () => {
    expect(interest([grey(100), grey(200, 51)])).toEqual([4, Math.round(0.2 * (100 + 4))]);
    expect(interest([grey(100, 51), grey(200)])).toEqual([Math.round(0.2 * 4), 20 + 4]);
  });

  test("by the luma of television (BT.601)", () => {
    const steps = (colour: Pixel) => {
      const [, second = 0] = interest([[0, 0, 0, 255], colour], [colour, colour]);
      return second;
    };
    // Less what the colour itself interests: three of four pixels have it.
    const distance = ([r, , b]: Pixel, luma: number) =>
      Math.hypot((b - luma) * 0.564, (r - luma) * 0.713) / 4;
    for (const [colour, luma] of [
      [[100, 0, 0], 29.9],
      [[0, 100, 0], 58.7],
      [[0, 0, 100], 11.4],
    ] as const) {
      expect(steps(colour)).toBe(Math.round(luma + 4 + distance(colour, luma)));
    }
  });
});

describe("a colour interests by how far it is from the mean", () => {
  // Cb 127.4 and Cr -20.7, whose luma is 29.
  test("of all that is visible", () => {
    expect(interest([grey(100), grey(100), grey(100), blue])).toEqual([36, 36, 36, 172]);
  });

  test("of which what is nearly transparent counts little", () => {
    const [first] = interest([grey(100), grey(100), grey(100), [0, 0, 255, 51]]);
    expect(first).toBe(12);
    const [neighbour] = interest([grey(100), grey(100), grey(100), [0, 0, 255, 0]]);
    expect(neighbour).toBe(4);
  });
});

test("skin interests, within the bounds of its colours", () => {
  const isSkin = (colour: Pixel) => interest([colour])[0] === 44;
  const skin: readonly Pixel[] = [
    [205, 150, 125],
    [60, 37, 3],
    [231, 234, 154],
    [201, 110, 116],
    [179, 167, 69],
    [161, 78, 104],
  ];
  const other: readonly Pixel[] = [
    [150, 150, 150],
    [66, 32, 13],
    [247, 244, 201],
    [231, 146, 115],
    [155, 140, 43],
    [122, 42, 67],
  ];
  expect(skin.filter((colour) => !isSkin(colour))).toEqual([]);
  expect(other.filter(isSkin)).toEqual([]);
});
