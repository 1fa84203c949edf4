import { expect, test } from "vitest";
import { pixelate } from "../../../engine/pixels/pixelate.ts";
import { load, newWorkspace, noise, read } from "./fixtures.ts";

/** What is seen in a square: colours weighted by alpha, and the mean alpha. */
function seenIn(square: readonly (readonly number[])[]): number[] {
  const alphas = square.map(([, , , alpha = 0]) => alpha);
  const weight = alphas.reduce((sum, alpha) => sum + alpha, 0);
  if (weight === 0) return [0, 0, 0, 0];
  const means = [0, 1, 2].map((channel) =>
    Math.round(
      square.reduce((sum, pixel) => sum + (pixel[channel] ?? 0) * (pixel[3] ?? 0), 0) / weight,
    ),
  );
  return [...means, Math.round(weight / square.length)];
}

test.each([
  ["that fill the picture", 12, 9, 3],
  ["that are cut at the right and lower edge", 13, 10, 4],
  ["larger than the picture", 5, 3, 50],
  ["of one pixel", 4, 3, 1],
])("squares %s get the mean of what is seen in them", (_, width, height, side) => {
  const workspace = newWorkspace();
  const pixels = noise(width, height, true);
  const pixelAt = (x: number, y: number) => [
    ...pixels.subarray(4 * (y * width + x)).subarray(0, 4),
  ];
  const bitmap = load(workspace, pixels, width, height, false);
  pixelate(workspace, bitmap, side);
  const expected = Array.from({ length: width * height }, (_pixel, at) => {
    const left = Math.floor((at % width) / side) * side;
    const top = Math.floor(Math.floor(at / width) / side) * side;
    const square: number[][] = [];
    for (let y = top; y < Math.min(top + side, height); y++) {
      for (let x = left; x < Math.min(left + side, width); x++) square.push(pixelAt(x, y));
    }
    return seenIn(square);
  });
  expect([...read(workspace, bitmap)]).toEqual(expected.flat());
});

test("a square of which nothing is seen is clear, whatever colours it hides", () => {
  const workspace = newWorkspace();
  const hidden = Uint8Array.from([9, 99, 199, 0, 5, 6, 7, 0]);
  const bitmap = load(workspace, hidden, 2, 1, false);
  pixelate(workspace, bitmap, 2);
  expect([...read(workspace, bitmap)]).toEqual(Array.from({ length: 8 }, () => 0));
});
