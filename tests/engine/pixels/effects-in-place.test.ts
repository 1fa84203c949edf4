import { describe, expect, test } from "vitest";
import type { Bitmap } from "../../../engine/pixels/bitmap.ts";
import {
  adjustTone,
  blur,
  fill,
  flatten,
  saturate,
  sharpen,
} from "../../../engine/pixels/effects.ts";
import type { Workspace } from "../../../engine/pixels/workspace.ts";
import {
  load,
  loadInside,
  newWorkspace,
  nextBlock,
  read,
  scene,
  watchedWorkspace,
} from "./fixtures.ts";

const size = { width: 21, height: 13 };
const neutral = { brightness: 1, contrast: 1, gamma: 1, saturation: 1 };
const half = { r: 10, g: 20, b: 30, a: 128 };

describe("inside a larger picture an effect changes its own pixels, and gives its memory back", () => {
  test.each<[string, (workspace: Workspace, bitmap: Bitmap) => Bitmap | void]>([
    ["fill", (workspace, bitmap) => fill(workspace, bitmap, half)],
    ["flatten", (workspace, bitmap) => flatten(workspace, bitmap, half)],
    ["narrow blur", (workspace, bitmap) => blur(workspace, bitmap, 1)],
    ["wide blur", (workspace, bitmap) => blur(workspace, bitmap, 9)],
    ["sharpen", (workspace, bitmap) => sharpen(workspace, bitmap, 1, 2)],
    ["tone", (workspace, bitmap) => adjustTone(workspace, bitmap, { ...neutral, gamma: 2 })],
    ["saturation", (workspace, bitmap) => saturate(workspace, bitmap, 0.5)],
  ])("%s", (_, effect) => {
    const pixels = scene(size.width, size.height, true);
    const workspace = newWorkspace();
    const inside = loadInside(workspace, pixels, { ...size, opaque: false });
    const next = nextBlock(workspace);
    effect(workspace, inside.bitmap);
    expect(inside.isUntouchedAround()).toBe(true);
    expect(nextBlock(workspace)).toBe(next);

    const alone = load(workspace, pixels, size.width, size.height, false);
    effect(workspace, alone);
    expect(inside.rgba()).toEqual(read(workspace, alone));
    expect(inside.rgba()).not.toEqual(pixels);
  });
});

describe("whether a picture is opaque is known", () => {
  const opaqueAfter = (
    effect: (workspace: Workspace, bitmap: Bitmap) => Bitmap,
    opaque = false,
  ) => {
    const workspace = newWorkspace();
    return effect(workspace, load(workspace, scene(4, 3), 4, 3, opaque)).opaque;
  };

  test("by the colour that fills it, or is laid under it", () => {
    for (const [a, expected] of [
      [255, true],
      [254, false],
    ] as const) {
      expect(opaqueAfter((workspace, bitmap) => fill(workspace, bitmap, { ...half, a }))).toBe(
        expected,
      );
      expect(opaqueAfter((workspace, bitmap) => flatten(workspace, bitmap, { ...half, a }))).toBe(
        expected,
      );
    }
  });

  test("and stays so over any background, which is not laid at all", () => {
    const { workspace, callsOf } = watchedWorkspace();
    const bitmap = load(workspace, scene(4, 3), 4, 3, true);
    expect(flatten(workspace, bitmap, half)).toBe(bitmap);
    expect(callsOf("flatten")).toEqual([]);
  });
});

describe("only what is needed is done", () => {
  /** How wide the rows are that are blurred. */
  const widthsOf = (sigma: number) => {
    const { workspace, callsOf } = watchedWorkspace();
    blur(workspace, load(workspace, scene(40, 30), 40, 30), sigma);
    return callsOf("convolveRows").map((values) => values[5]);
  };

  test("a wide blur is made on a picture of a half or less of the sides", () => {
    expect(new Set(widthsOf(7.9))).toEqual(new Set([40]));
    expect(new Set(widthsOf(8))).toEqual(new Set([20, 40]));
    expect(new Set(widthsOf(12))).toEqual(new Set([14, 40]));
    // Down, blurred, and up again: two rows at once.
    expect(widthsOf(8).filter((width) => width === 20)).toHaveLength(15 + 8);
  });

  test.each([
    [{}, []],
    [{ brightness: 2 }, ["lookUp"]],
    [{ contrast: 2 }, ["lookUp"]],
    [{ gamma: 2 }, ["lookUp"]],
    [{ saturation: 2 }, ["saturate"]],
  ] as const)("tones: %j", (tone, kernels) => {
    const { workspace, callsOf } = watchedWorkspace();
    adjustTone(workspace, load(workspace, scene(4, 3), 4, 3), { ...neutral, ...tone });
    expect((["lookUp", "saturate"] as const).filter((name) => callsOf(name).length > 0)).toEqual(
      kernels,
    );
  });
});

test("sharpening adds in every row what a blur takes away, and leaves alpha alone", () => {
  const workspace = newWorkspace();
  const pixels = scene(size.width, size.height);
  const [soft, sharp] = [0, 1].map(() => load(workspace, pixels, size.width, size.height));
  if (!soft || !sharp) throw new Error("two pictures were loaded");
  blur(workspace, soft, 1);
  sharpen(workspace, sharp, 1, 1.5);
  const [blurred, sharpened] = [read(workspace, soft), read(workspace, sharp)];
  const off = [...pixels].map((value, at) => {
    const wanted = at % 4 === 3 ? value : value + 1.5 * (value - (blurred[at] ?? 0));
    return Math.abs(Math.min(255, Math.max(0, wanted)) - (sharpened[at] ?? 0));
  });
  expect(Math.max(...off)).toBeLessThanOrEqual(1);
});
