import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { adjustTone, blur, fill, flatten, sharpen } from "../../../engine/pixels/effects.ts";
import { samplePsnr } from "../../../bench/rgba-picture.ts";
import { load, newWorkspace, premultiplied, read, scene } from "./fixtures.ts";

const width = 300;
const height = 200;
const neutral = { brightness: 1, contrast: 1, gamma: 1, saturation: 1 };

describe("blur agrees with libvips' Gaussian", () => {
  test.each([
    [0.5, 40],
    [1, 40],
    [3, 40],
    [7.5, 40],
    [8, 42],
    [20, 42],
    [60, 38],
  ])("sigma %d", async (sigma, least) => {
    for (const alpha of [false, true]) {
      const workspace = newWorkspace();
      const pixels = scene(width, height, alpha);
      const bitmap = load(workspace, pixels, width, height, !alpha);
      blur(workspace, bitmap, sigma);
      const theirs = await sharp(pixels, { raw: { width, height, channels: 4 } })
        .blur({ sigma, precision: "float" })
        .raw()
        .toBuffer();
      const ours = premultiplied(read(workspace, bitmap));
      expect(samplePsnr(ours, premultiplied(theirs))).toBeGreaterThan(least);
    }
  });
});

test("flattening agrees with libvips, and is exact where nothing is transparent", async () => {
  const workspace = newWorkspace();
  const pixels = scene(width, height, true);
  const background = { r: 12, g: 200, b: 99, a: 255 };
  const bitmap = flatten(workspace, load(workspace, pixels, width, height, false), background);
  const theirs = await sharp(pixels, { raw: { width, height, channels: 4 } })
    .flatten({ background: { r: 12, g: 200, b: 99 } })
    .ensureAlpha()
    .raw()
    .toBuffer();
  expect(bitmap.opaque).toBe(true);
  const ours = read(workspace, bitmap);
  ours.forEach((value, k) => expect(Math.abs(value - (theirs[k] ?? 0))).toBeLessThanOrEqual(1));
});

test("filling makes every pixel the colour", () => {
  const workspace = newWorkspace();
  const bitmap = load(workspace, scene(33, 7), 33, 7);
  const filled = fill(workspace, bitmap, { r: 1, g: 2, b: 3, a: 250 });
  expect(filled.opaque).toBe(false);
  expect(read(workspace, filled)).toEqual(
    Uint8Array.from({ length: 33 * 7 * 4 }, (_, k) => [1, 2, 3, 250][k % 4] ?? 0),
  );
});

describe("tone", () => {
  const changed = (tone: Partial<typeof neutral>, colour: readonly number[]): number[] => {
    const workspace = newWorkspace();
    const bitmap = load(workspace, Uint8Array.from(colour), 1, 1);
    adjustTone(workspace, bitmap, { ...neutral, ...tone });
    return [...read(workspace, bitmap)];
  };

  test.each([
    [{}, [10, 100, 250, 128], [10, 100, 250, 128]],
    [{ brightness: 2 }, [10, 100, 250, 128], [20, 200, 255, 128]],
    [{ brightness: 0 }, [10, 100, 250, 128], [0, 0, 0, 128]],
    [{ contrast: 0 }, [10, 100, 250, 128], [128, 128, 128, 128]],
    [{ contrast: 2 }, [10, 100, 250, 128], [0, 72, 255, 128]],
    [{ gamma: 2 }, [0, 64, 255, 128], [0, 128, 255, 128]],
    [{ saturation: 0 }, [255, 0, 0, 128], [54, 54, 54, 128]],
    [{ saturation: 2 }, [100, 100, 100, 128], [100, 100, 100, 128]],
  ])("%j of %j is %j", (tone, colour, expected) => {
    expect(changed(tone, colour)).toEqual(expected);
  });
});

test("sharpening adds what a blur takes away, and leaves alpha and flat parts alone", () => {
  const workspace = newWorkspace();
  const edge = Uint8Array.from({ length: 40 * 4 }, (_, k) =>
    k % 4 === 3 ? 255 : k < 80 ? 50 : 200,
  );
  const bitmap = load(workspace, edge, 40, 1);
  sharpen(workspace, bitmap, 1, 1);
  const row = read(workspace, bitmap);
  expect(row[0]).toBe(50);
  expect(row[19 * 4]).toBeLessThan(40);
  expect(row[20 * 4]).toBeGreaterThan(210);
  expect(row[39 * 4]).toBe(200);
  expect(row.filter((_, k) => k % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
});
