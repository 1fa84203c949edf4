import sharp, { type ResizeOptions } from "sharp";
import { describe, expect, test } from "vitest";
import type { SourceFormat } from "../../core/image/image-info.ts";
import type { Fit, OutputFormat } from "../../core/transform/transform.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import { createEngine } from "../../engine/render.ts";
import { decode, file, psnr, read, scene, transform } from "./scene.ts";

const engine = createEngine(await loadEngineModules());
const samples = scene(240, 160);

const sources: Record<string, { format: SourceFormat; bytes: Uint8Array }> = {
  "JPEG 4:2:0": { format: "jpeg", bytes: await file(read(samples).jpeg({ quality: 90 })) },
  "progressive JPEG": {
    format: "jpeg",
    bytes: await file(read(samples).jpeg({ progressive: true })),
  },
  "grey JPEG": { format: "jpeg", bytes: await file(read(samples).toColourspace("b-w").jpeg()) },
  PNG: { format: "png", bytes: await file(read(samples).png()) },
  "16-bit PNG": { format: "png", bytes: await file(read(samples).toColourspace("rgb16").png()) },
  "palette PNG": { format: "png", bytes: await file(read(samples).png({ palette: true })) },
  "interlaced PNG": { format: "png", bytes: await file(read(samples).png({ progressive: true })) },
  WebP: { format: "webp", bytes: await file(read(samples).webp({ quality: 90 })) },
  "lossless WebP": { format: "webp", bytes: await file(read(samples).webp({ lossless: true })) },
  GIF: { format: "gif", bytes: await file(read(samples).gif()) },
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
  pad: { size: [120, 120], like: { fit: "contain", background: "#1e90ff" }, gives: "120x120" },
  squeeze: { size: [100, 150], like: { fit: "fill" }, gives: "100x150" },
};

/**
 * Against sharp's Lanczos3 on the pixels that sharp decodes; JPEG at quality 85 loses some of them, and
 * libvips enlarges with a cubic filter instead.
 */
const decibelsMin = (fit: Fit, format: OutputFormat) =>
  format === "jpeg" || fit === "contain" ? 35 : 44;

describe.each(Object.entries(sources))("%s", (_, source) => {
  describe.each(Object.keys(fits) as Fit[])("fit=%s", (fit) => {
    test.each(["jpeg", "png", "webp"] as const)("gives the %s that sharp gives", async (format) => {
      const { size, like, gives } = fits[fit];
      const [width, height] = size;
      const background = { r: 0x1e, g: 0x90, b: 0xff, a: 255 };
      const options = transform({ width, height, fit, format, background });

      const result = await engine.render(source.bytes, [options]);

      if (!result.ok) throw new Error(result.error.reason);
      const [rendition] = result.value.renditions;
      if (!rendition) throw new Error("No rendition");
      const metadata = await sharp(rendition.bytes).metadata();
      expect(`${metadata.width}x${metadata.height}`).toBe(gives);
      expect(`${rendition.width}x${rendition.height}`).toBe(gives);
      expect([metadata.format, rendition.format]).toEqual([format, format]);
      expect(result.value.source).toMatchObject({ format: source.format, width: 240, height: 160 });

      const wanted = read(await decode(source.bytes)).resize(width, height, like);
      const decibels = psnr(await decode(rendition.bytes), await decode(await file(wanted.png())));
      expect(decibels).toBeGreaterThan(decibelsMin(fit, format));
    });
  });
});
