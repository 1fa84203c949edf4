import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImageInfo, Orientation } from "../../core/image/image-info.ts";
import { limits } from "../../core/limits.ts";
import { planRender } from "../../core/transform/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";

const photo: ImageInfo = {
  format: "jpeg",
  width: 1600,
  height: 1200,
  orientation: 1,
  hasAlpha: false,
  frames: 1,
  bitDepth: 8,
  progressive: false,
  colour: "rgb",
  sampling: "2x2",
  hasIcc: false,
};

const asked: RenderTransform = {
  dpr: 1,
  fit: "scale-down",
  gravity: { x: 0.5, y: 0.5 },
  rotate: 0,
  flip: "",
  blur: 0,
  sharpen: 0,
  format: "jpeg",
};

function plan(info: Partial<ImageInfo>, ...outputs: readonly Partial<RenderTransform>[]) {
  const transforms = outputs.map((output) => ({ ...asked, ...output }));
  const result = planRender({ ...photo, ...info }, transforms);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function refusal(info: Partial<ImageInfo>, output: Partial<RenderTransform> = {}, sourceBytes = 0) {
  const result = planRender({ ...photo, ...info }, [{ ...asked, ...output }], sourceBytes);
  return result.ok ? undefined : result.error;
}

describe("the resize", () => {
  const turns: readonly {
    orientation: Orientation;
    rotate: RenderTransform["rotate"];
    turnedSize: string;
    to: string;
  }[] = [
    { orientation: 1, rotate: 0, turnedSize: "1600x1200", to: "400x300" },
    { orientation: 6, rotate: 0, turnedSize: "1200x1600", to: "533x400" },
    { orientation: 1, rotate: 90, turnedSize: "1200x1600", to: "533x400" },
    { orientation: 8, rotate: 270, turnedSize: "1600x1200", to: "400x300" },
    { orientation: 3, rotate: 180, turnedSize: "1600x1200", to: "400x300" },
  ];
  test.each(turns)(
    "at orientation $orientation and rotate $rotate gives 400 px of the turned width",
    ({ orientation, rotate, turnedSize, to }) => {
      const [output] = plan({ orientation }, { width: 400, rotate }).outputs;
      const text = (size?: { width: number; height: number }) => `${size?.width}x${size?.height}`;
      expect(text(output?.turnedSize)).toBe(turnedSize);
      expect(output?.geometry.canvas.width).toBe(400);
      // Along the stored axes, so a quarter turn swaps the sides.
      expect(text(output?.resize.from)).toBe("1600x1200");
      expect(text(output?.resize.to)).toBe(to);
    },
  );
});

describe("compute units", () => {
  // These are prices: a change here is a change of what customers pay, and wants a new engine version.
  test.each<[string, Partial<ImageInfo>, Partial<RenderTransform>[], number]>([
    ["a JPEG to 1000 px", {}, [{ width: 1000 }], 128],
    ["a progressive one", { progressive: true }, [{ width: 1000 }], 143],
    ["a PNG", { format: "png" }, [{ width: 1000 }], 122],
    ["a WebP", { format: "webp" }, [{ width: 1000 }], 170],
    ["a GIF", { format: "gif" }, [{ width: 1000 }], 120],
    ["two outputs from one decode", {}, [{ width: 1000 }, { width: 1000 }], 229],
    ["a conversion without a resize", {}, [{ format: "png" }], 98],
    ["a blurred one", {}, [{ width: 1000, blur: 5 }], 214],
    ["a thumbnail of a tiny picture", { width: 8, height: 8 }, [{ width: 4 }], 1],
  ])("of %s are exact", (_, info, outputs, units) => {
    expect(plan(info, ...outputs).computeUnits).toBe(units);
  });

  test("are the same however the picture is turned", () => {
    const upright = plan({}, { width: 400, height: 300, fit: "squeeze" }).computeUnits;
    const turned = plan({ orientation: 6 }, { width: 300, height: 400, fit: "squeeze" });
    expect(turned.computeUnits).toBe(upright);
  });
});

describe("refusals", () => {
  test("of a rendition that is too wide, too high or too large name the size asked for", () => {
    const side = limits.outputSideMax + 1;
    const small = { width: 40, height: 30 };
    expect(refusal(small, { width: side, height: 10, fit: "squeeze" })).toEqual({
      reason: "output_too_large",
      width: side,
      height: 10,
    });
    expect(refusal(small, { width: 5000, height: 5000, fit: "pad" })).toEqual({
      reason: "output_too_large",
      width: 5000,
      height: 5000,
    });
    expect(refusal(small, { width: 2000, dpr: 8, fit: "contain" })?.reason).toBe(
      "output_too_large",
    );
  });

  test.each<[string, Partial<ImageInfo>, Partial<RenderTransform>, number]>([
    ["a 12 megapixel source", { width: 4000, height: 3000 }, { width: 100 }, 0],
    [
      "a rendition the encoder has no room for",
      {},
      { width: 3900, fit: "contain", format: "png" },
      0,
    ],
    ["a file that does not fit beside its pixels", {}, { width: 100 }, 80_000_000],
  ])("of %s say how much would be needed", (_, info, output, sourceBytes) => {
    const answer = refusal(info, output, sourceBytes);
    if (answer?.reason !== "over_memory_plan") throw new Error(`Not refused: ${answer?.reason}`);
    expect(answer.bytesMax).toBe(limits.wasmBytesMax);
    expect(answer.bytes).toBeGreaterThan(limits.wasmBytesMax);
  });

  test("of AVIF come before any other", () => {
    expect(refusal({ format: "avif", width: 60_000, height: 60_000 })).toEqual({
      reason: "unsupported_format",
      detected: "an AVIF picture",
    });
  });
});

test("A plan keeps every limit and is the same twice, whatever is asked", () => {
  const side = fc.integer({ min: 1, max: 9000 });
  const info = fc.record({
    format: fc.constantFrom("jpeg", "png", "webp", "gif"),
    width: side,
    height: side,
    orientation: fc.constantFrom<Orientation>(1, 2, 3, 4, 5, 6, 7, 8),
    progressive: fc.boolean(),
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
      format: fc.constantFrom("jpeg", "png", "webp"),
      quality: fc.integer({ min: 1, max: 100 }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Partial<RenderTransform>>;

  fc.assert(
    fc.property(info, fc.array(transform, { minLength: 1, maxLength: 4 }), (header, outputs) => {
      const transforms = outputs.map((output) => ({ ...asked, ...output }));
      const result = planRender({ ...photo, ...header }, transforms);
      expect(planRender({ ...photo, ...header }, transforms)).toEqual(result);
      if (!result.ok) return;

      expect(result.value.computeUnits).toBeGreaterThanOrEqual(1);
      expect(Number.isSafeInteger(result.value.computeUnits)).toBe(true);
      expect(result.value.peakWasmBytes).toBeLessThanOrEqual(limits.wasmBytesMax);
      for (const { geometry } of result.value.outputs) {
        const { width, height } = geometry.canvas;
        expect(Math.max(width, height)).toBeLessThanOrEqual(limits.outputSideMax);
        expect(width * height).toBeLessThanOrEqual(limits.outputPixelsMax);
      }
    }),
    { numRuns: 300 },
  );
});
