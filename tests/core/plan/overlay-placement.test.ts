import { expect, test } from "vitest";
import { placeOverlay } from "../../../core/plan/overlay-placement.ts";
import type { Overlay } from "../../../core/transform/transform.ts";
import { photo } from "./photo.ts";

const canvas = { width: 400, height: 300 };

/** An overlay of 100 × 60 pixels. */
const place = (overlay: Overlay, dpr = 1, orientation: 1 | 6 = 1) => {
  const info = { ...photo, width: 100, height: 60, orientation };
  return placeOverlay(canvas, { info, bytes: 1000 }, overlay, { dpr });
};

test.each<[string, Overlay, number, number]>([
  ["the middle, when nothing is said", {}, 150, 120],
  ["the top left", { top: 0, left: 0 }, 0, 0],
  ["the bottom right", { bottom: 10, right: 20 }, 280, 230],
  ["one edge, centred along the other axis", { top: 5 }, 150, 5],
  ["a fraction of the picture's side", { top: 0.5, left: 0.25 }, 100, 150],
])("it stands at %s", (_, overlay, x, y) => {
  expect(place(overlay)).toMatchObject({ x, y, scaled: { width: 100, height: 60 } });
});

test.each<[string, Overlay, number, number]>([
  ["keeps its size, when nothing is said", {}, 100, 60],
  ["keeps its aspect", { width: 50 }, 50, 30],
  ["is not enlarged", { width: 200 }, 100, 60],
  ["is enlarged by contain", { width: 200, fit: "contain" }, 200, 120],
  ["has a fraction of the picture's side", { height: 0.1 }, 50, 30],
  ["is one pixel wide, which is no fraction", { width: 1 }, 1, 1],
  ["is cropped by cover", { width: 50, height: 50, fit: "cover" }, 50, 50],
  ["is distorted by squeeze", { width: 10, height: 90, fit: "squeeze" }, 10, 90],
])("it %s", (_, overlay, width, height) => {
  expect(place(overlay).scaled).toEqual({ width, height });
});

test("dpr multiplies pixels and no fractions", () => {
  expect(place({ top: 10, left: 0.5, width: 25 }, 2)).toMatchObject({
    x: 200,
    y: 20,
    scaled: { width: 50, height: 30 },
  });
});

test("a turned overlay is upright", () => {
  expect(place({}, 1, 6).scaled).toEqual({ width: 60, height: 100 });
});

test.each<[Overlay, object]>([
  [
    { top: 10, left: 20 },
    { x: 20, y: 10, width: 100, height: 60 },
  ],
  [
    { top: 10, left: 20, repeat: "x" },
    { x: 0, y: 10, width: 400, height: 60 },
  ],
  [
    { top: 10, left: 20, repeat: "y" },
    { x: 20, y: 0, width: 100, height: 300 },
  ],
  [{ repeat: "true" }, { x: 0, y: 0, ...canvas }],
  [
    { top: 280, left: 350 },
    { x: 350, y: 280, width: 50, height: 20 },
  ],
  [
    { top: 0, left: 500 },
    { x: 400, y: 0, width: 0, height: 60 },
  ],
  [
    { bottom: 290, right: 390 },
    { x: 0, y: 0, width: 10, height: 10 },
  ],
])("%o draws on %o", (overlay, area) => {
  expect(place(overlay).area).toEqual(area);
});
