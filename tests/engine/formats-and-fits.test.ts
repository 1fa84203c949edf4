import sharp, { type ResizeOptions } from "sharp";
import { describe, expect, test } from "vitest";
import type { SourceFormat, PictureFormat } from "../../core/image/formats.ts";
import type { Fit, RenderTransform } from "../../core/transform/transform.ts";
import { newRenderer } from "./renderer.ts";
import { decode, fadingScene, file, psnr, read, scene } from "./scene.ts";

const { renderOne } = newRenderer();
const samples = scene(240, 160);
const fading = fadingScene(240, 160);

const sources: Record<string, { format: SourceFormat; bytes: Uint8Array }> = {
  "JPEG 4:2:0": { format: "jpeg", bytes: await file(read(samples).jpeg({ quality: 90 })) },
  "JPEG 4:4:4": {
    format: "jpeg",
    bytes: await file(read(samples).jpeg({ chromaSubsampling: "4:4:4" })),
  },
  "progressive JPEG": {
    format: "jpeg",
    bytes: await file(read(samples).jpeg({ progressive: true })),
  },
  "grey JPEG": { format: "jpeg", bytes: await file(read(samples).toColourspace("b-w").jpeg()) },
  PNG: { format: "png", bytes: await file(read(samples).png()) },
  "16-bit PNG": { format: "png", bytes: await file(read(samples).toColourspace("rgb16").png()) },
  "palette PNG": { format: "png", bytes: await file(read(samples).png({ palette: true })) },
  "interlaced PNG": { format: "png", bytes: await file(read(samples).png({ progressive: true })) },
  "PNG with alpha": { format: "png", bytes: await file(read(fading).png()) },
  WebP: { format: "webp", bytes: await file(read(samples).webp({ quality: 90 })) },
  "lossless WebP": { format: "webp", bytes: await file(read(samples).webp({ lossless: true })) },
  GIF: { format: "gif", bytes: await file(read(samples).gif()) },
  AVIF: { format: "avif", bytes: await file(read(samples).avif({ effort: 0, quality: 80 })) },
};

/** What sharp calls each fit when both sides are given. */
const fits: Record<Fit, { size: [number, number]; like: ResizeOptions; gives: string }> = {
  "scale-down": {
    size: [120, 120],
    like: { fit: "inside", withoutEnlargement: true },
    gives: "120x80",
  },
  contain: { size: [360, 300], like: { fit: "inside" }, gives: "360x240" },
  cover: { size: [90, 120], like: { fit: "cover" }, gives: "90x120" },
  crop: { size: [80, 80], like: { fit: "cover", withoutEnlargement: true }, gives: "80x80" },
  "aspect-crop": { size: [90, 120], like: { fit: "cover" }, gives: "90x120" },
  pad: { size: [120, 120], like: { fit: "contain", background: "#1e90ff" }, gives: "120x120" },
  squeeze: { size: [100, 150], like: { fit: "fill" }, gives: "100x150" },
};

const background = { r: 0x1e, g: 0x90, b: 0xff, a: 255 };

/**
 * Against sharp's Lanczos3 on the pixels that sharp decodes. libheif's AVIF differs a little from
 * libavif's, and where libvips enlarges it rounds positions to 1/32 of a pixel.
 */
const decibelsMin: Record<PictureFormat, number> = { png: 45, webp: 30, jpeg: 33, avif: 30 };
const qualities: Partial<Record<PictureFormat, number>> = { webp: 80, jpeg: 80, avif: 80 };
const formats = Object.keys(decibelsMin) as PictureFormat[];

describe.each(Object.entries(sources))("%s", (name, { bytes, format: sourceFormat }) => {
  describe.each(Object.entries(fits))("fit=%s", (fit, { size, like, gives }) => {
    test.each(formats)("gives the %s that sharp gives", async (format) => {
      const [width, height] = size;
      const options = { width, height, fit: fit as Fit, format, background };
      const {
        rendition,
        source,
        samples: rendered,
      } = await renderOne(bytes, {
        ...options,
        quality: qualities[format],
      });
      const metadata = await sharp(rendition.bytes).metadata();
      expect(`${metadata.width}x${metadata.height}`).toBe(gives);
      expect(`${rendition.width}x${rendition.height}`).toBe(gives);
      expect(metadata.format).toBe(format === "avif" ? "heif" : format);
      expect(rendition.format).toBe(format);
      expect(source).toMatchObject({ format: sourceFormat, width: 240, height: 160 });

      const flat = await file(
        read(await decode(bytes))
          .flatten({ background: "#1e90ff" })
          .png(),
      );
      const wanted = await decode(await file(sharp(flat).resize(width, height, like).png()));
      const least = name === "AVIF" || fit === "contain" ? 34 : 100;
      expect(psnr(rendered, wanted)).toBeGreaterThan(Math.min(least, decibelsMin[format]));
    });
  });
});

describe("sizes that do not divide", () => {
  const odd = scene(241, 157);
  const cases: readonly (Partial<RenderTransform> & { gives: string })[] = [
    { width: 100, gives: "100x65" },
    { height: 99, gives: "152x99" },
    { width: 33, gives: "33x21" },
    { width: 100, dpr: 1.5, gives: "150x98" },
    { width: 37, height: 61, fit: "cover", gives: "37x61" },
    { width: 301, fit: "contain", gives: "301x196" },
    { width: 101, height: 101, fit: "squeeze", gives: "101x101" },
    { width: 1, gives: "1x1" },
  ];
  test.each(cases)("$width x $height at $dpr, $fit, are rounded to $gives", async (row) => {
    const { gives, ...options } = row;
    for (const source of [read(odd).png(), read(odd).jpeg({ quality: 95 })]) {
      const bytes = await file(source);
      const { rendition, samples: rendered } = await renderOne(bytes, options);
      expect(`${rendition.width}x${rendition.height}`).toBe(gives);
      const [width = 0, height = 0] = gives.split("x").map(Number);
      const fit = options.fit === "cover" ? "cover" : "fill";
      const wanted = read(await decode(bytes)).resize(width, height, { fit });
      expect(psnr(rendered, await decode(await file(wanted.png())))).toBeGreaterThan(35);
    }
  });
});

test("A picture of one pixel passes through every format", async () => {
  const dot = await file(
    sharp({ create: { width: 1, height: 1, channels: 3, background: "teal" } }).png(),
  );
  for (const from of formats) {
    const { rendition } = await renderOne(dot, { format: from });
    for (const to of formats) {
      const { samples: rendered } = await renderOne(rendition.bytes, { format: to });
      expect(psnr(rendered, await decode(dot))).toBeGreaterThan(35);
    }
  }
});
