import { describe, expect, test } from "vitest";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { limits } from "../../../core/limits.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { planned } from "./photo.ts";

function refusal(info: Partial<ImageInfo>, output: Partial<RenderTransform> = {}, bytes = 0) {
  const result = planned(info, [output], bytes);
  return result.ok ? undefined : result.error;
}

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

  const progressive = { progressive: true, samplesPerPixel: 3 };
  test.each<[string, Partial<ImageInfo>, Partial<RenderTransform>, number]>([
    [
      "a progressive JPEG of 25 megapixels of inks",
      { ...progressive, width: 5800, height: 4400, colour: "cmyk", samplesPerPixel: 4 },
      { width: 100 },
      0,
    ],
    [
      "a lossless WebP of 24 megapixels",
      { format: "webp", lossless: true, width: 6000, height: 4000 },
      { width: 100 },
      0,
    ],
    [
      "an AVIF of 4 megapixels in 4:4:4",
      { format: "avif", samplesPerPixel: 3, width: 2400, height: 1700 },
      { width: 100 },
      0,
    ],
    [
      "a rendition its encoder has no room for",
      {},
      { format: "webp", quality: 100, width: 2400, fit: "contain" },
      0,
    ],
    [
      "a PNG so large that its rows fill JavaScript",
      {},
      { width: 3600, fit: "contain", format: "png" },
      0,
    ],
    ["a file that does not fit beside its pixels", {}, { width: 100 }, 101_000_000],
  ])("of %s say how much would be needed", (_, info, output, bytes) => {
    const answer = refusal(info, output, bytes);
    if (answer?.reason !== "over_memory_plan") throw new Error(`Not refused: ${answer?.reason}`);
    expect(answer.bytesMax).toBe(limits.wasmBytesMax);
    expect(answer.bytes).toBeGreaterThan(limits.wasmBytesMax);
  });

  test.each<[string, Partial<ImageInfo>, Partial<RenderTransform>]>([
    ["a JPEG of 50 megapixels", { width: 8660, height: 5774 }, { width: 1600, format: "webp" }],
    ["a progressive one of 24", { progressive: true, width: 6000, height: 4000 }, { width: 800 }],
    ["an AVIF of 24 megapixels", { format: "avif", width: 6000, height: 4000 }, { width: 1600 }],
    ["a PNG of 50 megapixels", { format: "png", width: 8660, height: 5774 }, { width: 1600 }],
    [
      "a lossy WebP of 50 megapixels",
      { format: "webp", width: 8660, height: 5774 },
      { width: 800, format: "webp" },
    ],
    [
      "a lossless one of 12",
      { format: "webp", lossless: true, width: 4000, height: 3000 },
      { width: 400, format: "webp" },
    ],
    [
      "a lossless one of 20 as a JPEG",
      { format: "webp", lossless: true, width: 5160, height: 3870 },
      { width: 800 },
    ],
    [
      "an AVIF of 2 megapixels",
      { format: "avif", width: 1920, height: 1080 },
      { width: 800, format: "webp" },
    ],
    [
      "a GIF of 10 megapixels",
      { format: "gif", width: 4000, height: 2600 },
      { width: 800, format: "webp" },
    ],
    ["a JPEG of 12 megapixels as large", { width: 4000, height: 3000 }, {}],
  ])("are none for %s", (_, info, output) => {
    expect(planned(info, [output], 2_000_000)).toMatchObject({ ok: true });
  });

  test("of a trim that leaves nothing name the picture's size", () => {
    const trim = { by: "sides", top: 600, right: 0, bottom: 600, left: 0 } as const;
    expect(refusal({ orientation: 6 }, { trim })).toBeUndefined();
    expect(refusal({}, { trim })).toEqual({ reason: "trimmed_away", width: 1600, height: 1200 });
  });
});
