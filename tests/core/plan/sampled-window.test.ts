import { expect, test } from "vitest";
import { layOut, sampledWindow } from "../../../core/plan/geometry.ts";

type Asked = Partial<Parameters<typeof layOut>[1]>;

/** Of a source of 1000 × 333, which begins at 20, 10. */
function windowOf(asked: Asked) {
  const transform = { dpr: 1, fit: "scale-down", zoom: 0, ...asked } as const;
  const source = { x: 20, y: 10, width: 1000, height: 333 };
  const laid = layOut(source, transform, { x: 0.5, y: 0.5 });
  const { x, y, width, height } = sampledWindow(laid, transform);
  return [x, y, width, height].map((length) => Number(length.toFixed(6)));
}

// 100 × 33 pixels are made of 1000 × 330, and 300 × 100 of 999 × 333: in the middle of what there is.
const byWidth = [20, 11.5, 1000, 330];
const byHeight = [20.5, 10, 999, 333];

test.each<[string, Asked, number[]]>([
  ["a width", { width: 100 }, byWidth],
  ["a height", { height: 100 }, byHeight],
  ["a box whose width decides", { width: 100, height: 500 }, byWidth],
  ["a box whose height decides", { width: 500, height: 100 }, byHeight],
  ["a padded box", { width: 500, height: 100, fit: "pad" }, byHeight],
  ["a width, squeezed", { width: 100, fit: "squeeze" }, byWidth],
  ["a height, squeezed", { height: 100, fit: "squeeze" }, byHeight],
  ["a width in device pixels", { width: 50, dpr: 2 }, byWidth],
])("one scale along both sides is what is sampled for %s", (_, asked, sampled) => {
  expect(windowOf(asked)).toEqual(sampled);
});

test("all of it is sampled for a picture that is squeezed to two sides or keeps its size", () => {
  const all = [20, 10, 1000, 333];
  expect(windowOf({ width: 100, height: 100, fit: "squeeze" })).toEqual(all);
  expect(windowOf({})).toEqual(all);
});
