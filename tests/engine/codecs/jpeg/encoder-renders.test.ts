import { describe, expect, test } from "vitest";
import { formats } from "../../../../core/image/formats.ts";
import { encodeJpeg } from "../../../../engine/codecs/jpeg/encoder.ts";
import { load, newWorkspace, scene } from "../../pixels/fixtures.ts";
import { decoded, encode, encodedBySharp, subsamplings } from "./encoded.ts";

describe("the same pixels as libjpeg at equal settings, and as many bytes", () => {
  const sizes = [
    [1, 1],
    [1, 9],
    [9, 1],
    [8, 8],
    [16, 16],
    [17, 17],
    [33, 15],
    [64, 24],
    [200, 151],
    [321, 240],
  ] as const;
  test.each(subsamplings)("%s, all sizes", async (subsampling) => {
    for (const [width, height] of sizes) {
      for (const quality of [1, 30, 80, 97, 100]) {
        const pixels = scene(width, height);
        const own = { width, height, quality, subsampling };
        const ours = encode(pixels, own);
        const theirs = await encodedBySharp(pixels, own);
        const label = `${width}x${height} q${quality}`;
        expect(await decoded(ours), label).toEqual(await decoded(theirs));
        expect(ours.length, label).toBeLessThan(theirs.length * 1.01 + 8);
      }
    }
  });

  test("every quality from 1 to 100", async () => {
    const pixels = scene(72, 56);
    for (let quality = 1; quality <= 100; quality++) {
      const own = { width: 72, height: 56, quality, subsampling: "4:2:0" } as const;
      const theirs = await encodedBySharp(pixels, own);
      expect(await decoded(encode(pixels, own))).toEqual(await decoded(theirs));
    }
  });

  test.each(["noise", "checkerboard", "flat"])("%s at the highest quality", async (kind) => {
    const pixels = new Uint8Array(96 * 80 * 4).map((_, k) => {
      const pixel = k >> 2;
      if (kind === "noise") return Math.imul(k + 1, 2_654_435_761) >>> 24;
      return kind === "flat" || (pixel + Math.floor(pixel / 96)) % 2 ? 255 : 0;
    });
    for (const subsampling of subsamplings) {
      const own = { width: 96, height: 80, quality: 100, subsampling };
      const theirs = await encodedBySharp(pixels, own);
      expect(await decoded(encode(pixels, own))).toEqual(await decoded(theirs));
    }
  });
});

test("a picture too large to keep its coefficients is coded as one that is not", async () => {
  // 12 MiB of coefficients are 4.2 MP at 4:2:0: this one is done in two strips.
  const own = { width: 2500, height: 1800, quality: 80, subsampling: "4:2:0" } as const;
  const pixels = new Uint8Array(own.width * own.height * 4).map((_, k) => (k * k) >> 11);
  const ours = await decoded(encode(pixels, own));
  expect(ours.equals(await decoded(await encodedBySharp(pixels, own)))).toBe(true);
});

test.each([
  [801, 607],
  [16, 9000],
  [9000, 16],
  [2200, 2000],
])("what encoding %i x %i holds is not above the prediction, and given back", (width, height) => {
  const workspace = newWorkspace();
  const allocated: number[] = [];
  const freed: number[] = [];
  const watched = {
    ...workspace,
    allocate: (bytes: number) => (allocated.push(bytes), workspace.allocate(bytes)),
    free: (pointer: number) => (freed.push(pointer), workspace.free(pointer)),
  };
  const bitmap = load(workspace, scene(width, height), width, height);
  encodeJpeg(watched, bitmap, { quality: 80, subsampling: "4:2:0", segments: [] });
  const predicted = formats.jpeg.output.memory({ width, height, hasAlpha: false, lossless: false });
  expect(allocated.length).toBe(1);
  expect(allocated[0]).toBeLessThanOrEqual(predicted.wasm);
  expect(predicted.wasm).toBeLessThan(1.1 * (allocated[0] ?? 0) + 512 * 1024);
  expect(freed.length).toBe(1);
});
