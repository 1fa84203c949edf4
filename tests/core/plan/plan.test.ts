import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Orientation } from "../../../core/image/header.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { limits } from "../../../core/limits.ts";
import { replan } from "../../../core/plan/plan.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { photo, plan, planned, sourceBytes } from "./photo.ts";

describe("the resize", () => {
  const turns: readonly {
    orientation: Orientation;
    rotate: RenderTransform["rotate"];
    to: string;
  }[] = [
    { orientation: 1, rotate: 0, to: "400x300" },
    { orientation: 6, rotate: 0, to: "533x400" },
    { orientation: 1, rotate: 90, to: "533x400" },
    { orientation: 8, rotate: 270, to: "400x300" },
    { orientation: 5, rotate: 0, to: "533x400" },
    { orientation: 3, rotate: 180, to: "400x300" },
  ];
  test.each(turns)(
    "at orientation $orientation and rotate $rotate gives 400 px of the turned width",
    ({ orientation, rotate, to }) => {
      const [output] = plan({ orientation }, { width: 400, rotate }).outputs;
      const text = (size?: { width: number; height: number }) => `${size?.width}x${size?.height}`;
      expect(output?.geometry.canvas.width).toBe(400);
      // Along the stored axes, so a quarter turn swaps the sides.
      expect(text(output?.resize.to)).toBe(to);
      const { width = 0, height = 0 } = output?.resize.from ?? {};
      expect(Math.abs(width - 1600) + Math.abs(height - 1200)).toBeLessThan(2);
    },
  );
});

describe("the shrink on decode", () => {
  const border = { by: "border", tolerance: 10, keep: 0 } as const;
  test.each<[string, Partial<ImageInfo>, readonly Partial<RenderTransform>[], number]>([
    ["a JPEG to a tenth", {}, [{ width: 160 }], 8],
    ["a JPEG to an eighth, which the filter does better", {}, [{ width: 200 }], 4],
    ["a JPEG to a fifth", {}, [{ width: 320 }], 4],
    ["a JPEG to a third", {}, [{ width: 533 }], 2],
    ["a JPEG to half", {}, [{ width: 800 }], 1],
    [
      "a JPEG of inks with no room for the filter",
      { width: 8000, height: 6000, colour: "cmyk" },
      [{ width: 4000, height: 800, fit: "cover" }],
      2,
    ],
    ["a JPEG to a hundredth", {}, [{ width: 16 }], 8],
    ["a JPEG, by what is cropped", {}, [{ width: 100, height: 390, fit: "cover" }], 2],
    [
      "a JPEG, by what is trimmed",
      {},
      [{ width: 79, trim: { by: "area", left: 0, top: 0, width: 400 } }],
      4,
    ],
    ["a JPEG, turned by its header", { orientation: 6 }, [{ width: 130 }], 8],
    ["a JPEG, for the largest of several outputs", {}, [{ width: 100 }, { width: 500 }], 2],
    ["a JPEG, by its shorter way", {}, [{ width: 100, height: 390, fit: "squeeze" }], 2],
    ["a JPEG, by its narrower way", {}, [{ width: 520, height: 100, fit: "squeeze" }], 2],
    ["a JPEG whose border is to be found", {}, [{ width: 100, trim: border }], 1],
    [
      "a JPEG whose border is to be found for one of its outputs",
      {},
      [{ width: 100, trim: border }, { width: 100 }],
      1,
    ],
    ["a PNG, with as much again for the filter", { format: "png" }, [{ width: 200 }], 4],
    ["a PNG that hardly changes", { format: "png" }, [{ width: 500 }], 1],
    ["a PNG to a dot", { format: "png" }, [{ width: 1 }], 16],
    ["a WebP", { format: "webp" }, [{ width: 100 }], 1],
    [
      "a WebP with no room for all of it",
      { format: "webp", lossless: true, width: 4800, height: 3600 },
      [{ width: 400 }],
      6,
    ],
    ["a GIF", { format: "gif" }, [{ width: 100 }], 1],
    ["an AVIF", { format: "avif" }, [{ width: 100 }], 1],
  ])("of %s", (_, info, outputs, shrink) => {
    expect(plan(info, ...outputs).shrink).toBe(shrink);
  });
});

describe("rows of the source that are wanted at once", () => {
  const border = { by: "border", tolerance: 10, keep: 0 } as const;
  test.each<[string, readonly Partial<RenderTransform>[], number]>([
    ["are few for one output", [{ width: 800 }], 60],
    ["all for several, which begin again from the top", [{ width: 800 }, {}], Infinity],
    ["all where the picture is looked at", [{ width: 800, gravity: "auto" }], Infinity],
    ["all where its border is looked for", [{ width: 800, trim: border }], Infinity],
  ])("%s", (_, outputs, rows) => {
    expect(plan({}, ...outputs).rowsAtOnce).toBeCloseTo(rows);
  });
});

describe("a description", () => {
  const bordered = { top: 1, right: 1, bottom: 1, left: 1, colour: { r: 0, g: 0, b: 0, a: 255 } };
  const json = { format: "json", border: bordered, blur: 8, pixelate: 32, dpr: 2 } as const;

  test("is made of a small picture, with what is measured in pixels as much smaller", () => {
    const [output] = plan({}, { ...json, width: 400 }).outputs;
    expect(output?.size).toEqual({ width: 804, height: 604 });
    expect(output?.geometry.canvas).toEqual({ width: 100, height: 75 });
    const { transform } = output ?? {};
    expect(transform).toMatchObject({ width: 100, height: 75, dpr: 1, pixelate: 4 });
    expect(transform?.blur).toBeCloseTo(1, 1);
    expect(transform).not.toHaveProperty("border");
  });

  test("is had of a rendition that would be too large", () => {
    expect(planned({}, [{ ...json, width: 9000, fit: "contain" }])).toMatchObject({ ok: true });
  });
});

test.each([
  [4000, 4000, true],
  [4001, 4000, false],
  [12_000, 100, true],
  [12_001, 100, false],
  [100, 12_001, false],
])("a rendition of %i × %i is within the limits: %s", (width, height, isWithin) => {
  const answer = planned({ width: 40, height: 30 }, [{ width, height, fit: "squeeze" }]);
  const refusal = { reason: "output_too_large", width, height };
  expect(answer.ok ? null : answer.error).toEqual(isWithin ? null : refusal);
});

test("an animation is decoded as pixels, also where one picture would be decoded as planes", () => {
  const webp = { format: "webp", frames: 4, width: 400, height: 300 } as const;
  expect(plan(webp, { format: "webp" }).samples).toBe("planes");
  expect(plan(webp, { format: "webp", anim: true }).samples).toBe("pixels");
});

describe("in place", () => {
  test.each<[boolean, string, readonly Partial<RenderTransform>[]]>([
    [true, "what stays as large", [{ format: "png" }]],
    [true, "what stays as large with effects", [{ blur: 3, sharpen: 1, gamma: 2 }]],
    [
      true,
      "what gets a border",
      [{ border: { top: 1, right: 1, bottom: 1, left: 1, colour: { r: 0, g: 0, b: 0, a: 255 } } }],
    ],
    [false, "what is resampled", [{ width: 401 }]],
    [false, "what is one of two", [{}, {}]],
    [false, "what is flipped", [{ flip: "h" }]],
    [false, "what is turned", [{ rotate: 180 }]],
    [false, "what is cropped", [{ width: 800, height: 1200, fit: "cover" }]],
    [false, "what is cropped along one side", [{ height: 600, fit: "crop" }]],
    [false, "what is cropped along the other", [{ width: 800, fit: "crop", height: 1200 }]],
    [false, "what is squeezed", [{ width: 1600, height: 600, fit: "squeeze" }]],
    [false, "what is trimmed", [{ trim: { by: "border", tolerance: 0, keep: 0 } }]],
  ])("%s for %s", (inPlace, _, outputs) => {
    expect(plan({ format: "png" }, ...outputs).inPlace).toBe(inPlace);
    expect(plan({ format: "jpeg" }, ...outputs).inPlace).toBe(false);
  });

  test("never for an animation, whose frames are laid over one another", () => {
    const png = { format: "png", frames: 4, width: 400, height: 300 } as const;
    const animation = plan(png, { format: "webp", anim: true });
    expect(animation).toMatchObject({ frames: 4, inPlace: false });
  });

  test("never for a picture that its header turns", () => {
    expect(plan({ format: "png", orientation: 3 }, {}).inPlace).toBe(false);
  });
});

describe("planning again, when the picture has been looked at,", () => {
  const trim = { by: "border", tolerance: 10, keep: 0 } as const;
  const content = { x: 100, y: 50, width: 10, height: 8 };

  test("changes sizes and memory, but neither the shrink nor the price", () => {
    const first = plan({}, { width: 400, trim }, { width: 100 });
    const again = replan(photo, first, [{ content }, {}], sourceBytes);
    if (!again.ok) throw new Error(again.error.reason);
    const sizes = again.value.outputs.map(({ geometry }) => geometry.canvas);
    expect(sizes).toEqual([
      { width: 10, height: 8 },
      { width: 100, height: 75 },
    ]);
    expect(again.value.outputs[0]?.geometry.crop).toEqual(content);
    expect(again.value.computeUnits).toBe(first.computeUnits);
    expect(again.value.shrink).toBe(first.shrink);
    expect(again.value.peakWasmBytes).toBeLessThan(first.peakWasmBytes);
  });

  test("refuses what takes too much memory now", () => {
    const wanted = { width: 1000, fit: "contain", format: "webp", quality: 100, trim } as const;
    const first = plan({}, wanted);
    const high = { x: 0, y: 0, width: 100, height: 150 };
    expect(replan(photo, first, [{ content: high }], sourceBytes)).toMatchObject({
      ok: false,
      error: { reason: "over_memory_plan", bytesMax: limits.wasmBytesMax },
    });
  });

  test("refuses what has become too large", () => {
    const thin = { x: 0, y: 0, width: 10, height: 1200 };
    const first = plan({}, { width: 400, fit: "contain", trim });
    expect(replan(photo, first, [{ content: thin }], sourceBytes)).toMatchObject({
      ok: false,
      error: { reason: "output_too_large", width: 400, height: 48_000 },
    });
  });
});

test("A plan keeps every limit and is the same twice, whatever is asked", () => {
  const side = fc.integer({ min: 1, max: 9000 });
  const info = fc.record({
    format: fc.constantFrom("jpeg", "png", "webp", "gif", "avif"),
    width: side,
    height: side,
    orientation: fc.constantFrom<Orientation>(1, 2, 3, 4, 5, 6, 7, 8),
    progressive: fc.boolean(),
    hasAlpha: fc.boolean(),
    bitDepth: fc.constantFrom(8, 16),
  });
  const transform = fc.record(
    {
      width: side,
      height: side,
      dpr: fc.double({ min: 0.1, max: limits.dprMax, noNaN: true }),
      fit: fc.constantFrom("scale-down", "contain", "cover", "crop", "pad", "squeeze"),
      rotate: fc.constantFrom(0, 90, 180, 270),
      blur: fc.constantFrom(0, 3),
      format: fc.constantFrom("jpeg", "png", "webp", "avif", "json"),
      quality: fc.integer({ min: 1, max: 100 }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Partial<RenderTransform>>;

  let accepted = 0;
  fc.assert(
    fc.property(info, fc.array(transform, { minLength: 1, maxLength: 4 }), (header, outputs) => {
      const result = planned(header, outputs);
      expect(planned(header, outputs)).toEqual(result);
      if (!result.ok) return;
      accepted += 1;

      const { shrink, computeUnits, peakWasmBytes } = result.value;
      expect(computeUnits).toBeGreaterThanOrEqual(1);
      expect(Number.isSafeInteger(computeUnits)).toBe(true);
      expect(peakWasmBytes).toBeLessThanOrEqual(limits.wasmBytesMax);
      for (const { geometry, resize } of result.value.outputs) {
        const { width, height } = geometry.canvas;
        expect(Math.max(width, height)).toBeLessThanOrEqual(limits.outputSideMax);
        expect(width * height).toBeLessThanOrEqual(limits.outputPixelsMax);
        // Never decoded smaller than what is made of it.
        const most = (side: number) => (shrink > 1 ? side + 1e-6 : Infinity);
        expect(resize.to.width * shrink).toBeLessThan(most(resize.from.width));
        expect(resize.to.height * shrink).toBeLessThan(most(resize.from.height));
      }
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(50);
});
