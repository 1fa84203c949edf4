import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { blurred, sharpened } from "../../engine/effects.ts";
import type { Raster } from "../../engine/raster.ts";
import { decode, file, psnr, read, scene, type Samples } from "./scene.ts";

const samples = await decode(await file(read(scene(160, 120)).png()));
const raster: Raster = { data: samples.data, width: 160, height: 120 };
const samplesOf = ({ data, width, height }: Raster): Samples => ({
  data,
  info: { width, height, channels: 4 },
});

describe("blur", () => {
  test.each([0.5, 1, 2.5, 8, 30])("by %d is a Gaussian of that deviation", async (radius) => {
    const wanted = read(samples).blur({ sigma: radius, minAmplitude: 0.001, precision: "float" });
    const decibels = psnr(
      samplesOf(blurred(raster, radius)),
      await decode(await file(wanted.png())),
    );
    expect(decibels).toBeGreaterThan(42);
  });

  test("leaves one colour alone, whatever the radius and size", () => {
    const colour = fc.uint8Array({ minLength: 4, maxLength: 4 });
    const side = fc.integer({ min: 1, max: 12 });
    const radius = fc.double({ min: 0.01, max: limits.blurRadiusMax, noNaN: true });
    fc.assert(
      fc.property(colour, side, side, radius, (rgba, width, height, deviation) => {
        const data = new Uint8Array(4 * width * height).map((_, at) => rgba[at % 4] ?? 0);
        expect(blurred({ data, width, height }, deviation).data).toEqual(data);
      }),
      { numRuns: 50 },
    );
  });

  test("leaves the picture given as it was", () => {
    const before = raster.data.slice();
    blurred(raster, 3);
    sharpened(raster, 3);
    expect(raster.data).toEqual(before);
  });
});

describe("sharpen", () => {
  test("at 1 is sharp's own mild sharpening", async () => {
    const wanted = await decode(await file(read(samples).sharpen().png()));
    expect(psnr(samplesOf(sharpened(raster, 1)), wanted)).toBeGreaterThan(50);
  });

  test("makes edges steeper the higher it is, and never overflows", () => {
    const data = new Uint8Array(4 * 8).fill(255);
    for (let x = 0; x < 8; x++) data.fill(x < 4 ? 60 : 200, 4 * x, 4 * x + 3);
    const edge = { data, width: 8, height: 1 };
    const step = (strength: number) => {
      const { data: sharp } = sharpened(edge, strength);
      return (sharp[16] ?? 0) - (sharp[12] ?? 0);
    };
    expect([0.5, 1, 10].map(step)).toEqual([158, 175, 255]);
  });
});
