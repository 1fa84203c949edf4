import { describe, expect, test } from "vitest";
import { layOut } from "../../../core/plan/geometry.ts";
import { focusOf } from "../../../engine/analysis/saliency.ts";

type Colour = readonly [red: number, green: number, blue: number, alpha: number];
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const grey: Colour = [150, 150, 150, 255];
const clear: Colour = [0, 0, 0, 0];

function paint(
  width: number,
  height: number,
  colourAt: (x: number, y: number) => Colour,
): { width: number; height: number; rgba: Uint8Array } {
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgba.set(colourAt(x, y), (y * width + x) * 4);
  }
  return { width, height, rgba };
}

const isIn = ({ x, y, width, height }: Box, column: number, row: number) =>
  column >= x && column < x + width && row >= y && row < y + height;

/** Bright and textured. */
const texture = (x: number, y: number): Colour =>
  (x + y) % 2 === 0 ? [250, 230, 60, 255] : [90, 20, 30, 255];

const withObject = (width: number, height: number, object: Box, background = grey) =>
  paint(width, height, (x, y) => (isIn(object, x, y) ? texture(x, y) : background));

/** What the layout keeps of a picture fifty times as large, in the small picture's pixels. */
function keptBy(
  focus: { readonly x: number; readonly y: number },
  picture: { readonly width: number; readonly height: number },
  cut: { readonly width: number; readonly height: number },
): Box {
  const width = picture.width * 50;
  const height = picture.height * 50;
  const box = { width: Math.round(width * cut.width), height: Math.round(height * cut.height) };
  const { crop } = layOut(
    { x: 0, y: 0, width, height },
    { ...box, dpr: 1, fit: "crop", zoom: 0 },
    focus,
  );
  return { x: crop.x / 50, y: crop.y / 50, width: crop.width / 50, height: crop.height / 50 };
}

/** To a pixel of the small picture: finer than that it cannot say. */
function expectInside(kept: Box, object: Box) {
  expect(kept.x - 1).toBeLessThan(object.x);
  expect(kept.y - 1).toBeLessThan(object.y);
  expect(kept.x + kept.width + 1).toBeGreaterThan(object.x + object.width);
  expect(kept.y + kept.height + 1).toBeGreaterThan(object.y + object.height);
}

describe("what draws the eye stays in view", () => {
  const corners = [
    { x: 2, y: 2 },
    { x: 76, y: 2 },
    { x: 2, y: 56 },
    { x: 76, y: 56 },
    { x: 40, y: 28 },
  ];
  const cuts = [
    { width: 0.4, height: 1 },
    { width: 1, height: 0.4 },
    { width: 0.5, height: 0.5 },
    { width: 0.31, height: 0.47 },
  ];
  test.each(corners.flatMap((corner) => cuts.map((cut) => ({ corner, cut }))))(
    "object at $corner, cut $cut",
    ({ corner, cut }) => {
      const object = { ...corner, width: 20, height: 20 };
      const picture = withObject(98, 78, object);
      const kept = keptBy(focusOf(picture, cut), picture, cut);
      const needed = {
        ...object,
        ...(cut.width === 1 ? { x: 0, width: 0 } : {}),
        ...(cut.height === 1 ? { y: 0, height: 0 } : {}),
      };
      expectInside(kept, needed);
    },
  );

  test("a skin tone among greys and blues of the same brightness", () => {
    const face = { x: 70, y: 10, width: 12, height: 14 };
    const picture = paint(100, 60, (x, y) => {
      if (isIn(face, x, y)) return [205, 150, 125, 255];
      return x < 50 ? [150, 165, 180, 255] : [165, 165, 165, 255];
    });
    const cut = { width: 0.4, height: 1 };
    expectInside(keptBy(focusOf(picture, cut), picture, cut), { ...face, y: 0, height: 0 });
  });

  test("one odd colour in a saturated picture", () => {
    const berry = { x: 8, y: 20, width: 10, height: 10 };
    const picture = paint(90, 60, (x, y) =>
      isIn(berry, x, y) ? [220, 30, 30, 255] : [30, 150, 40, 255],
    );
    const cut = { width: 0.35, height: 1 };
    expectInside(keptBy(focusOf(picture, cut), picture, cut), { ...berry, y: 0, height: 0 });
  });
});

describe("without anything to prefer the crop is central", () => {
  const sizes = [
    [64, 64],
    [63, 40],
    [1, 90],
    [128, 1],
    [1, 1],
    [2, 3],
  ] as const;
  const cuts = [
    { width: 0.5, height: 1 },
    { width: 1, height: 0.01 },
    { width: 0.999, height: 0.333 },
    { width: 1, height: 1 },
    { width: 1e-6, height: 1e-6 },
  ];
  test.each(sizes.flatMap(([width, height]) => cuts.map((cut) => ({ width, height, cut }))))(
    "$width × $height, cut $cut",
    ({ width, height, cut }) => {
      expect(
        focusOf(
          paint(width, height, () => grey),
          cut,
        ),
      ).toEqual({ x: 0.5, y: 0.5 });
      expect(
        focusOf(
          paint(width, height, () => clear),
          cut,
        ),
      ).toEqual({ x: 0.5, y: 0.5 });
    },
  );

  test("where two objects are alike on either side", () => {
    const picture = paint(80, 40, (x, y) =>
      x < 10 || x >= 70 ? texture(Math.min(x, 79 - x), y) : grey,
    );
    expect(focusOf(picture, { width: 1, height: 0.5 })).toEqual({ x: 0.5, y: 0.5 });
  });
});

describe("transparent pixels attract nothing", () => {
  const cut = { width: 0.4, height: 1 };

  test("whatever colours they hide", () => {
    const hidden = paint(80, 60, (x, y) => {
      const [red, green, blue] = texture(x, y);
      return x < 60 ? [red, green, blue, 0] : grey;
    });
    const plain = paint(80, 60, (x) => (x < 60 ? clear : grey));
    expect(focusOf(hidden, cut)).toEqual(focusOf(plain, cut));
  });

  test("so that a flat drawing on a transparent ground is kept", () => {
    const drawing = { x: 55, y: 20, width: 20, height: 20 };
    const picture = paint(80, 60, (x, y) => (isIn(drawing, x, y) ? grey : clear));
    expectInside(keptBy(focusOf(picture, cut), picture, cut), { ...drawing, y: 0, height: 0 });
  });
});

test("places a window at either edge flush with it", () => {
  const left = withObject(100, 30, { x: 0, y: 0, width: 6, height: 30 });
  const right = withObject(100, 30, { x: 94, y: 0, width: 6, height: 30 });
  // Its interest lies in the outermost pixels, and nowhere does a narrower window hold less.
  const cut = { width: 0.053, height: 1 };
  expect(keptBy(focusOf(left, cut), left, cut).x).toBeLessThan(1);
  expect(keptBy(focusOf(right, cut), right, cut).x).toBeGreaterThan(93);
});

describe("a window", () => {
  const bar = (width: number, from: number, to: number) =>
    paint(width, 20, (x) => (x >= from && x < to ? [150, 150, 150, 255] : clear));

  test("that holds as much as another is taken nearer the middle, and of two as near the first", () => {
    const sides = (isAcross: boolean) =>
      paint(40, 40, (x, y) => {
        const along = isAcross ? x : y;
        return along < 6 || along >= 34 ? grey : clear;
      });
    expect(focusOf(sides(true), { width: 0.25, height: 1 })).toEqual({ x: 0.125, y: 0.5 });
    expect(focusOf(sides(false), { width: 1, height: 0.25 })).toEqual({ x: 0.5, y: 0.125 });
  });

  test("away from the middle must hold more, by a little", () => {
    // A window of 400 pixels that are merely visible, less a twentieth at the very edge.
    const dotted = (step: number) =>
      paint(60, 20, (x, y) => {
        const level = x === 10 && y === 10 ? 150 + step : 150;
        return [level, level, level, 255];
      });
    const cut = { width: 20 / 60, height: 1 };
    expect(focusOf(dotted(40), cut).x).toBeLessThan(0.5);
    expect(focusOf(dotted(10), cut).x).toBe(0.5);
  });

  test("has what draws the eye in its middle half, where that is to be had", () => {
    const cut = { width: 0.5, height: 1 };
    const { x } = focusOf(bar(80, 50, 54), cut);
    const kept = keptBy({ x, y: 0.5 }, { width: 80, height: 20 }, cut);
    expect(50 - kept.x).toBeGreaterThanOrEqual(10);
    expect(kept.x + kept.width - 54).toBeGreaterThanOrEqual(10);
    const turned = paint(20, 80, (_x, y) => (y >= 50 && y < 54 ? [150, 150, 150, 255] : clear));
    expect(focusOf(turned, { width: 1, height: 0.5 })).toEqual({ x: 0.5, y: x });
  });

  test("lies as far off as it can where all that draws the eye is at an edge", () => {
    expect(focusOf(bar(80, 76, 80), { width: 0.5, height: 1 }).x).toBeCloseTo(0.5 + 0.5 * 0.5, 1);
  });
});
