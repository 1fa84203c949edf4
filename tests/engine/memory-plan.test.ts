import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { planRender } from "../../core/plan/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { newRenderer } from "./renderer.ts";
import { file, transform } from "./scene.ts";

const MiB = 1024 * 1024;

type Content = "flat" | "noise";

/** Noise is what leaves every decoder and encoder the most to hold. */
function picture(width: number, height: number, content: Content = "noise", alpha = false): Sharp {
  if (content === "flat") {
    const background = { r: 40, g: 120, b: 160, alpha: alpha ? 0.5 : 1 };
    return sharp({ create: { width, height, channels: alpha ? 4 : 3, background } });
  }
  const channels = alpha ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  let state = 1;
  for (let at = 0; at < data.length; at++) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    data[at] = state >>> 24;
  }
  return sharp(data, { raw: { width, height, channels } });
}

const quick = { compressionLevel: 1 } as const;
const fast = { effort: 0 } as const;

interface Case {
  readonly name: string;
  readonly source: () => Sharp;
  readonly outputs: readonly Partial<RenderTransform>[];
}

const to800 = { width: 800, format: "jpeg" } as const;
const srcset: readonly Partial<RenderTransform>[] = [
  { width: 800, format: "webp" },
  { width: 800, format: "avif" },
  { width: 800, format: "jpeg" },
  { width: 400 },
];

const cases: readonly Case[] = [
  { name: "12 MP JPEG", source: () => picture(4000, 3000, "flat").jpeg(), outputs: [to800] },
  { name: "24 MP JPEG", source: () => picture(6000, 4000, "flat").jpeg(), outputs: [to800] },
  { name: "50 MP JPEG", source: () => picture(8660, 5774, "flat").jpeg(), outputs: [to800] },
  {
    name: "12 MP JPEG as large",
    source: () => picture(4000, 3000, "flat").jpeg(),
    outputs: [{ format: "jpeg" }],
  },
  {
    name: "progressive 12 MP JPEG",
    source: () => picture(4000, 3000, "flat").jpeg({ progressive: true }),
    outputs: srcset,
  },
  { name: "noisy JPEG 4:4:4", source: () => jpegOf("4:4:4", false), outputs: [{ format: "jpeg" }] },
  {
    name: "noisy progressive JPEG",
    source: () => jpegOf("4:4:4", true),
    outputs: [{ width: 1000 }],
  },
  {
    name: "noisy progressive CMYK JPEG",
    source: () => picture(1600, 1200).toColourspace("cmyk").jpeg({ progressive: true }),
    outputs: [{ width: 1500, format: "jpeg" }],
  },
  { name: "12 MP PNG", source: () => picture(4000, 3000, "flat").png(quick), outputs: [to800] },
  { name: "24 MP PNG", source: () => picture(6000, 4000, "flat").png(quick), outputs: [to800] },
  {
    name: "interlaced PNG",
    source: () => picture(1600, 1200, "noise", true).png({ ...quick, progressive: true }),
    outputs: [{ width: 700 }, { width: 350 }],
  },
  {
    name: "interlaced PNG made smaller on the way",
    source: () => picture(3000, 2000, "flat").png({ ...quick, progressive: true }),
    outputs: [{ width: 300 }],
  },
  {
    name: "16-bit PNG",
    source: () => picture(1200, 900).toColourspace("rgb16").png(quick),
    outputs: [{}],
  },
  {
    name: "4 MP WebP",
    source: () => picture(2400, 1700, "flat").webp(fast),
    outputs: [{ width: 800, format: "webp" }],
  },
  {
    name: "noisy WebP",
    source: () => picture(1600, 1200).webp(fast),
    outputs: [{ width: 900, format: "webp" }],
  },
  {
    name: "8 MP WebP",
    source: () => picture(3840, 2160, "flat").webp(fast),
    outputs: [{ width: 800, format: "webp" }],
  },
  {
    name: "WebP with alpha",
    source: () => picture(1600, 1200, "flat", true).webp(fast),
    outputs: [{ width: 700 }],
  },
  {
    name: "noisy lossless WebP",
    source: () => picture(1500, 1100).webp({ ...fast, lossless: true }),
    outputs: [{ width: 800, format: "jpeg" }],
  },
  {
    name: "AVIF",
    source: () => picture(1600, 1200, "flat").avif(fast),
    outputs: [{ width: 800, format: "webp" }],
  },
  { name: "noisy AVIF", source: () => picture(1000, 800).avif(fast), outputs: srcset.slice(0, 2) },
  {
    name: "noisy AVIF with alpha",
    source: () => picture(900, 700, "noise", true).avif(fast),
    outputs: [to800],
  },
  {
    name: "10-bit AVIF",
    source: () => picture(1000, 800).avif({ ...fast, bitdepth: 10, chromaSubsampling: "4:4:4" }),
    outputs: [to800],
  },
  { name: "GIF", source: () => picture(1500, 1000, "flat").gif({ effort: 1 }), outputs: srcset },
  ...encodings(),
];

function jpegOf(chromaSubsampling: string, progressive: boolean): Sharp {
  return picture(1400, 1000).jpeg({ quality: 90, chromaSubsampling, progressive });
}

/** What each encoder, effect and canvas needs for noise. */
function encodings(): readonly Case[] {
  const noise = () => picture(1000, 700).png(quick);
  const noisyAlpha = () => picture(1000, 700, "noise", true).png(quick);
  const tested: readonly (readonly [string, () => Sharp, Partial<RenderTransform>])[] = [
    ["WebP", noise, { format: "webp", quality: 99 }],
    ["WebP with alpha", noisyAlpha, { format: "webp", quality: 99 }],
    ["larger WebP", noise, { format: "webp", quality: 99, width: 1500, fit: "contain" }],
    ["lossless WebP", noisyAlpha, { format: "webp", quality: 100 }],
    ["AVIF", noisyAlpha, { format: "avif", quality: 95 }],
    ["PNG", noisyAlpha, { width: 900 }],
    ["finest JPEG", noise, { format: "jpeg", quality: 100 }],
    ["larger JPEG", noise, { format: "jpeg", width: 2500, fit: "contain" }],
    ["JPEG of few bytes", noise, { format: "jpeg", bytesMax: 100_000 }],
    ["WebP of few bytes", noise, { format: "webp", bytesMax: 200_000 }],
    ["blurred JPEG", noise, { format: "jpeg", blur: 7.9 }],
    ["much blurred JPEG", noise, { format: "jpeg", blur: 60 }],
    ["sharpened JPEG", noise, { format: "jpeg", sharpen: 5 }],
    ["padded PNG", noise, { width: 900, height: 900, fit: "pad" }],
    ["turned PNG", noise, { rotate: 90, width: 300, height: 1200, fit: "cover" }],
    ["trimmed PNG", noise, { trim: { by: "border", tolerance: 3, keep: 0 }, gravity: "auto" }],
    ["thin AVIF", noise, { format: "avif", width: 5000, height: 40, fit: "squeeze" }],
    ["thin JPEG", noise, { format: "jpeg", width: 12_000, height: 40, fit: "squeeze" }],
    ["description", noise, { format: "json" }],
  ];
  return tested.map(([name, source, output]) => ({ name: `a ${name}`, source, outputs: [output] }));
}

describe("A render stays within its plan, which is no great exaggeration:", () => {
  test.each(cases)("$name", async ({ source, outputs }) => {
    const bytes = await file(source());
    const rendered = await newRenderer().render(bytes, ...outputs);
    const plan = planRender(rendered.source, outputs.map(transform), bytes.length);
    if (!plan.ok) throw new Error(plan.error.reason);
    const { peakWasmBytes, computeUnits } = plan.value;
    expect(rendered.peakWasmBytes).toBeLessThanOrEqual(peakWasmBytes);
    expect(peakWasmBytes).toBeLessThanOrEqual(limits.wasmBytesMax);
    expect(peakWasmBytes).toBeLessThan(1.6 * rendered.peakWasmBytes + 12 * MiB);
    expect(rendered.computeUnits).toBe(computeUnits);
  });
});
