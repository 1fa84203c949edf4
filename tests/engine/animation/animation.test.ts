import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { pngChunk } from "../../core/image/made-headers.ts";
import { pictureInfo } from "../../core/image/picture-info.ts";
import { planRender } from "../../../core/plan/plan.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { newRenderer } from "../renderer.ts";
import { file, scene, transform } from "../scene.ts";

const { render, renderOne, refusal } = newRenderer();

const [width, height] = [48, 32];
const still = scene(width, height).data;
/** Three pictures that differ everywhere. */
const pictures = [still, still.map((value) => 255 - value), still.toReversed()];
const stacked = () =>
  sharp(Buffer.concat(pictures), {
    raw: { width, height: height * pictures.length, channels: 3, pageHeight: height },
  });
const delay = [50, 120, 300];
const gif = await file(stacked().gif({ delay, loop: 3, dither: 0 }));
const webp = await file(stacked().webp({ delay, loop: 0, lossless: true }));
const apng = await makeApng();

/** All frames as sharp reads them, one under the other. */
async function framesOf(bytes: Uint8Array) {
  const picture = sharp(bytes, { animated: true });
  const { pages = 1, delay: delays, loop, format } = await picture.metadata();
  const { data } = await picture.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { pages, delays, loop, format, data };
}

const animated = { anim: true, format: "webp" } as const satisfies Partial<RenderTransform>;
const lossless = { ...animated, quality: 100 };

describe("an animation stays one", () => {
  test.each([
    ["GIF", gif, 3],
    ["WebP", webp, 0],
  ])("from %s: the frames, delays and repeats that sharp reads", async (_, source, loop) => {
    const { rendition } = await renderOne(source, lossless);
    const [ours, theirs] = [await framesOf(rendition.bytes), await framesOf(source)];
    expect(ours).toMatchObject({ pages: 3, delays: delay, loop, format: "webp" });
    expect(Buffer.compare(ours.data, theirs.data)).toBe(0);
  });

  test("from APNG, frames of every size and place", async () => {
    const { rendition } = await renderOne(apng, lossless);
    const { pages, delays, loop, data } = await framesOf(rendition.bytes);
    expect({ pages, delays, loop }).toEqual({ pages: 2, delays: [40, 500], loop: 7 });
    const pixel = (page: number, x: number, y: number) => [
      ...data.subarray(4 * ((page * height + y) * width + x)).subarray(0, 4),
    ];
    expect(pixel(0, 10, 10)).toEqual([255, 0, 0, 255]);
    expect(pixel(1, 10, 10)).toEqual([0, 0, 255, 255]);
    expect(pixel(1, 9, 10)).toEqual([255, 0, 0, 255]);
  });

  test("resized, turned and changed frame by frame", async () => {
    const { rendition } = await renderOne(webp, {
      ...lossless,
      width: 24,
      rotate: 90,
      grayscale: true,
    });
    expect([rendition.width, rendition.height]).toEqual([24, 36]);
    const { pages, data } = await framesOf(rendition.bytes);
    expect(pages).toBe(3);
    expect([data[0] === data[1], data.length]).toEqual([true, 3 * 24 * 36 * 4]);
  });

  test("beside still pictures of its first frame", async () => {
    const outputs = [animated, { format: "png" }, { ...animated, anim: false }] as const;
    const { renditions } = await render(gif, ...outputs);
    const pages = await Promise.all(
      renditions.map(async ({ bytes }) => (await framesOf(bytes)).pages),
    );
    expect(pages).toEqual([3, 1, 1]);
    const { samples } = await renderOne(gif, { format: "png" });
    const png = await sharp(renditions[1]?.bytes).ensureAlpha().raw().toBuffer();
    expect(Buffer.compare(png, samples.data)).toBe(0);
  });

  test("only where the format keeps it", async () => {
    for (const format of ["png", "jpeg", "avif", "json"] as const) {
      const { rendition } = await renderOneFile({ anim: true, format });
      expect(rendition.format).toBe(format);
    }
  });

  test("within max_bytes", async () => {
    const { bytes } = (await renderOne(webp, animated)).rendition;
    const bytesMax = Math.floor(bytes.length * 0.7);
    const smaller = (await renderOne(webp, { ...animated, bytesMax })).rendition.bytes;
    expect(smaller.length).toBeLessThanOrEqual(bytesMax);
    expect((await framesOf(smaller)).pages).toBe(3);
    expect(await refusal(webp, { ...animated, bytesMax: 100 })).toMatchObject({
      reason: "over_max_bytes",
    });
  });
});

describe("an animation that is cut off", () => {
  const cut = gif.subarray(0, -40);

  test("is refused, and its first frame is not", async () => {
    expect(await refusal(cut, animated)).toMatchObject({ reason: "truncated_image" });
    expect((await renderOne(cut)).rendition.width).toBe(width);
  });

  test("at the end of a frame is as long as it is", async () => {
    const { rendition } = await renderOne(gif.subarray(0, -1), animated);
    expect((await framesOf(rendition.bytes)).pages).toBe(3);
  });
});

describe("what an animation costs", () => {
  const info = pictureInfo({ format: "gif", width: 500, height: 400, colour: "palette" });
  const unitsOf = (frames: number, options: Partial<RenderTransform> = animated) => {
    const plan = planRender({ ...info, frames }, [transform(options)], 100_000);
    return plan.ok ? plan.value.computeUnits : plan.error;
  };

  test("grows with its frames, and not where none but the first is rendered", () => {
    const [one, ten, hundred] = [1, 10, 100].map((frames) => unitsOf(frames) as number);
    expect((hundred! - one!) / (ten! - one!)).toBeCloseTo(11, 0);
    expect(unitsOf(100, { ...animated, anim: false })).toBe(one);
  });

  test("is bounded by all of its pixels, and planned at that bound where they are not known", () => {
    const most = Math.floor(limits.animationPixelsMax / (500 * 400));
    expect(unitsOf(most + 1)).toMatchObject({ reason: "image_too_large" });
    expect(unitsOf(0)).toBe(unitsOf(most));
    const enlarged = { ...animated, width: 1000, fit: "contain" } as const;
    expect(unitsOf(most, enlarged)).toMatchObject({ reason: "image_too_large" });
  });

  test.each([
    ["GIF", gif],
    ["WebP", webp],
    ["APNG", apng],
  ])("in memory is at most what the plan says: %s", async (_, source) => {
    const { source: read, peakWasmBytes } = await newRenderer().renderOne(source, lossless);
    const plan = planRender(read, [transform(lossless)], source.length);
    expect(plan.ok && plan.value.peakWasmBytes).toBeGreaterThanOrEqual(peakWasmBytes);
  });
});

async function renderOneFile(options: Partial<RenderTransform>) {
  const { renditions } = await render(gif, options);
  const [rendition] = renditions;
  if (!rendition) throw new Error("One output was asked for");
  return { rendition };
}

/** A red picture, then a small blue one on it. */
async function makeApng(): Promise<Uint8Array> {
  const pngOf = async (colour: string, w: number, h: number) => {
    const background = colour;
    const picture = sharp({ create: { width: w, height: h, channels: 3, background } });
    return picture.png({ palette: false }).toBuffer();
  };
  const part = (png: Buffer, type: string) => {
    const at = png.indexOf(type) - 4;
    return png.subarray(at, at + 12 + png.readUInt32BE(at));
  };
  const numbers = (...values: readonly number[]) => {
    const data = Buffer.alloc(4 * values.length);
    values.forEach((value, at) => data.writeUInt32BE(value, 4 * at));
    return data;
  };
  const control = (
    sequence: number,
    area: readonly number[],
    numerator: number,
    denominator: number,
  ) =>
    pngChunk(
      "fcTL",
      Buffer.concat([
        numbers(sequence, ...area),
        Buffer.from([numerator >> 8, numerator & 255, denominator >> 8, denominator & 255, 0, 0]),
      ]),
    );
  const [red, blue] = [await pngOf("#ff0000", width, height), await pngOf("#0000ff", 20, 5)];
  return new Uint8Array(
    Buffer.concat([
      red.subarray(0, 8),
      part(red, "IHDR"),
      pngChunk("acTL", numbers(2, 7)),
      control(0, [width, height, 0, 0], 4, 100),
      part(red, "IDAT"),
      control(1, [20, 5, 10, 8], 1, 2),
      pngChunk("fdAT", Buffer.concat([numbers(2), part(blue, "IDAT").subarray(8, -4)])),
      part(red, "IEND"),
    ]),
  );
}
