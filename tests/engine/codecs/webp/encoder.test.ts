import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { formats } from "../../../../core/image/formats.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { noise, scene } from "../../pixels/fixtures.ts";
import { decoded, encode, newWebpDecoder, newWebpEncoder } from "../codecs.ts";

const decoder = newWebpDecoder();
const encoder = newWebpEncoder();
const [width, height] = [320, 240];
const raw = { width, height, channels: 4 } as const;

function encoded(rgba: Uint8Array, options: { quality: number; icc?: Uint8Array }) {
  const result = encode(encoder, { width, height, rgba }, options);
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}

describe("encode", () => {
  test.each([30, 80, 95])("at quality %d is as good and as small as libvips", async (quality) => {
    const rgba = scene(width, height);
    const ours = encoded(rgba, { quality });
    const theirs = await sharp(rgba, { raw }).webp({ quality }).toBuffer();
    const quality1 = samplePsnr(await sharp(ours).ensureAlpha().raw().toBuffer(), rgba);
    const quality2 = samplePsnr(await sharp(theirs).ensureAlpha().raw().toBuffer(), rgba);
    expect(Math.abs(ours.length / theirs.length - 1)).toBeLessThan(0.03);
    expect(Math.abs(quality1 - quality2)).toBeLessThan(0.2);
  });

  test("lossless gives every visible pixel back", () => {
    const rgba = scene(width, height);
    const file = encoded(rgba, { quality: 100 });
    expect(Buffer.compare(decoded(decoder, file).rgba, rgba)).toBe(0);
  });

  test.each([false, true])("carries a profile along (alpha %s)", (alpha) => {
    const icc = Uint8Array.from({ length: 301 }, (_, index) => index);
    const rgba = scene(width, height, alpha);
    const plain = decoded(decoder, encoded(rgba, { quality: 80 }));
    const picture = decoded(decoder, encoded(rgba, { quality: 80, icc }));
    expect(picture.icc).toEqual(icc);
    expect(Buffer.compare(picture.rgba, plain.rgba)).toBe(0);
  });
});

test("a side of 16383 pixels is the longest", () => {
  const of = (w: number, h: number) => {
    const file = encode(encoder, { width: w, height: h, rgba: noise(w, h) }, { quality: 10 });
    return file.ok ? "a file" : file.error;
  };
  expect([of(16_383, 1), of(1, 16_383)]).toEqual(["a file", "a file"]);
  expect(of(16_384, 1)).toEqual({ reason: "output_too_large", width: 16_384, height: 1 });
  expect(of(1, 16_384)).toEqual({ reason: "output_too_large", width: 1, height: 16_384 });
});

test("chroma is halved unless every pixel is kept as it is", () => {
  expect([1, 99, 100].map((quality) => encoder.halvesChroma(quality))).toEqual([true, true, false]);
});

test("up to a megapixel symbols are held back, as libwebp does by itself", async () => {
  const size = { width: 1000, height: 1000 };
  const rgba = scene(size.width, size.height);
  const file = encode(encoder, { ...size, rgba }, { quality: 40 });
  const pixels = sharp(rgba, { raw: { ...size, channels: 4 } }).removeAlpha();
  const theirs = await pixels.webp({ quality: 40 }).toBuffer();
  expect(file.ok && Buffer.compare(file.value, theirs)).toBe(0);
});

test.each([
  [1000, 800, false, false],
  [1250, 900, false, false],
  [1000, 800, true, false],
  [700, 500, true, true],
] as const)(
  "memory for %d × %d (alpha %s, lossless %s) is predicted, not exceeded",
  (w, h, hasAlpha, lossless) => {
    const fresh = newWebpEncoder();
    const rgba = noise(w, h, hasAlpha);
    const quality = lossless ? 100 : 99;
    const file = encode(fresh, { width: w, height: h, rgba }, { quality });
    if (!file.ok) throw new Error(file.error.reason);
    const encoding = formats.webp.output.memory({ width: w, height: h, hasAlpha, lossless });
    expect(fresh.wasmBytes).toBeLessThanOrEqual(encoding.wasm);
  },
);
