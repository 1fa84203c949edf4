import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Orientation } from "../../../core/image/header.ts";
import { allocateBitmap } from "../../../engine/pixels/bitmap.ts";
import {
  storedWindow,
  swapsSides,
  turn,
  uprightTarget,
} from "../../../engine/pixels/orientation.ts";
import { resize, type Window } from "../../../engine/pixels/resize.ts";
import { samplePsnr } from "../../../bench/rgba-picture.ts";
import { load, newWorkspace, premultiplied, read, scene } from "./fixtures.ts";

const orientations: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

function resized(
  pixels: Uint8Array,
  width: number,
  height: number,
  outWidth: number,
  outHeight: number,
  options: { opaque?: boolean; window?: Window; orientation?: Orientation } = {},
): Uint8Array {
  const workspace = newWorkspace();
  const { opaque = true, orientation = 1 } = options;
  const window = options.window ?? { x: 0, y: 0, width, height };
  const source = load(workspace, pixels, width, height, opaque);
  const canvas = swapsSides(orientation)
    ? allocateBitmap(workspace, outHeight, outWidth, opaque)
    : allocateBitmap(workspace, outWidth, outHeight, opaque);
  const target = uprightTarget(orientation, canvas, { x: 0, y: 0 }, outWidth, outHeight);
  resize(workspace, source, window, target);
  return read(workspace, canvas);
}

async function bySharp(
  pixels: Uint8Array,
  width: number,
  height: number,
  outWidth: number,
  outHeight: number,
): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels: 4 } })
    .resize(outWidth, outHeight, { fit: "fill" })
    .raw()
    .toBuffer();
}

describe("resizing agrees with libvips", () => {
  test.each([
    [640, 480, 400, 300],
    [640, 480, 320, 240],
    [640, 480, 199, 149],
    [641, 483, 97, 71],
    [1000, 700, 33, 21],
    [200, 150, 500, 375],
    [37, 53, 300, 401],
    [640, 480, 640, 200],
    [640, 480, 150, 480],
  ])("%i x %i to %i x %i, opaque and transparent", async (width, height, outWidth, outHeight) => {
    // libvips puts an enlarged picture half an output pixel aside, so only shrinking agrees closely.
    const least = outWidth > width ? 36 : 45;
    for (const alpha of [false, true]) {
      const pixels = scene(width, height, alpha);
      const ours = resized(pixels, width, height, outWidth, outHeight, { opaque: !alpha });
      const theirs = await bySharp(pixels, width, height, outWidth, outHeight);
      expect(samplePsnr(premultiplied(ours), premultiplied(theirs))).toBeGreaterThan(least);
    }
  });

  test.each([
    [1, 1, 7, 5],
    [1, 400, 1, 100],
    [400, 1, 100, 1],
    [65_535, 1, 100, 1],
    [1, 65_535, 3, 10],
    [2, 2, 1, 1],
    [5, 3, 1, 1],
  ])("%i x %i to %i x %i keeps a flat colour exactly", (width, height, outWidth, outHeight) => {
    const flat = new Uint8Array(width * height * 4).fill(255).map((v, k) => (k % 4 === 1 ? 77 : v));
    const out = resized(flat, width, height, outWidth, outHeight);
    expect(out).toEqual(new Uint8Array(out.length).map((_, k) => (k % 4 === 1 ? 77 : 255)));
  });
});

test("an unscaled copy is exact", () => {
  const pixels = scene(123, 45);
  expect(resized(pixels, 123, 45, 123, 45)).toEqual(pixels);
});

test("a crop sees nothing outside its window", () => {
  const pixels = scene(300, 200);
  const cut = new Uint8Array(100 * 80 * 4);
  for (let y = 0; y < 80; y++) {
    const from = ((y + 50) * 300 + 33) * 4;
    cut.set(pixels.subarray(from, from + 400), y * 400);
  }
  const window = { x: 33, y: 50, width: 100, height: 80 };
  expect(resized(pixels, 300, 200, 61, 47, { window })).toEqual(resized(cut, 100, 80, 61, 47));
});

test("a fractional window shifts the picture by the fraction", () => {
  const ramp = new Uint8Array(64 * 4).map((_, k) => (k % 4 === 3 ? 255 : Math.floor(k / 4) * 4));
  const shifted = resized(ramp, 64, 1, 32, 1, { window: { x: 10.5, y: 0, width: 32, height: 1 } });
  for (let x = 4; x < 28; x++) expect(shifted[x * 4]).toBe((10 + x) * 4 + 2);
});

test("transparent pixels lend no colour to their neighbours", () => {
  const pixels = new Uint8Array(64 * 64 * 4);
  for (let k = 0; k < 64 * 64; k++)
    pixels.set(k % 64 < 32 ? [0, 255, 0, 0] : [200, 0, 0, 255], k * 4);
  const out = resized(pixels, 64, 64, 21, 21, { opaque: false });
  const seen = Array.from({ length: out.length / 4 }, (_, k) => 4 * k).filter((at) => out[at + 3]);
  expect(seen.length).toBeGreaterThan(0);
  for (const at of seen) expect(out[at + 1]).toBe(0);
});

describe("orientation", () => {
  test.each(orientations)("%i stands as sharp turns it", async (orientation) => {
    const [width, height] = [90, 61];
    const pixels = scene(width, height);
    const tagged = await sharp(pixels, { raw: { width, height, channels: 4 } })
      .withMetadata({ orientation })
      .png()
      .toBuffer();
    const theirs = await sharp(tagged).rotate().raw().toBuffer();
    expect(Buffer.from(resized(pixels, width, height, width, height, { orientation }))).toEqual(
      theirs,
    );
  });

  test.each(orientations)(
    "%i: a window of the upright picture finds its stored pixels",
    (orientation) => {
      const stored = { width: 90, height: 61 };
      const pixels = scene(stored.width, stored.height);
      const upright = resized(pixels, stored.width, stored.height, stored.width, stored.height, {
        orientation,
      });
      const uprightWidth = swapsSides(orientation) ? 61 : 90;
      const crop = { x: 7, y: 11, width: 31, height: 22 };
      const window = storedWindow(orientation, stored, crop);
      const cropped = resized(pixels, stored.width, stored.height, window.width, window.height, {
        orientation,
        window,
      });
      for (let y = 0; y < crop.height; y++) {
        const from = ((y + crop.y) * uprightWidth + crop.x) * 4;
        const row = crop.width * 4;
        expect(cropped.subarray(y * row, (y + 1) * row)).toEqual(
          upright.subarray(from, from + row),
        );
      }
    },
  );

  test("turns and flips after an orientation are one orientation", () => {
    expect(turn(1, { rotate: 90, flip: "" })).toBe(6);
    expect(turn(6, { rotate: 270, flip: "" })).toBe(1);
    expect(turn(1, { rotate: 90, flip: "h" })).toBe(7);
    expect(turn(8, { rotate: 180, flip: "hv" })).toBe(8);
  });
});

test("all the memory that a resize holds is given back", () => {
  const workspace = newWorkspace();
  const source = load(workspace, scene(900, 700), 900, 700);
  const canvas = allocateBitmap(workspace, 100, 80, true);
  const next = workspace.allocate(1);
  workspace.free(next);
  const window = { x: 0, y: 0, width: 900, height: 700 };
  resize(workspace, source, window, uprightTarget(1, canvas, { x: 0, y: 0 }, 100, 80));
  expect(workspace.allocate(1)).toBe(next);
});
