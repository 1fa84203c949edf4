import type { OutputFormat, SourceFormat } from "../../core/image/formats.ts";
import type { ImageInfo } from "../../core/image/image-info.ts";
import { limits } from "../../core/limits.ts";
import { examplePlan } from "./example-plan.ts";
import { table } from "./markdown.ts";

/** A kind of picture, by what its header says; `bytesPerPixel` is what its files usually have. */
type Kind = Partial<ImageInfo> & {
  readonly format: SourceFormat;
  readonly bytesPerPixel: number;
};

const jpeg: Kind = { format: "jpeg", samplesPerPixel: 1.5, bytesPerPixel: 0.3 };
const png: Kind = { format: "png", samplesPerPixel: 0, lossless: true, bytesPerPixel: 1 };
const gif: Kind = {
  format: "gif",
  samplesPerPixel: 0,
  lossless: true,
  colour: "palette",
  bytesPerPixel: 0.5,
};
const webp: Kind = { format: "webp", samplesPerPixel: 0, bytesPerPixel: 0.15 };
const avif: Kind = { format: "avif", samplesPerPixel: 1.5, bytesPerPixel: 0.1 };
const tiles = { partPixels: 512 * 512, partHeight: 512 };

const sources: readonly (readonly [string, Kind])[] = [
  ["JPEG, baseline or progressive", { ...jpeg, progressive: true }],
  ["JPEG, progressive 4:4:4", { ...jpeg, progressive: true, samplesPerPixel: 3 }],
  ["PNG", png],
  ["PNG, interlaced", { ...png, progressive: true }],
  ["GIF", gif],
  ["WebP, lossy", webp],
  ["WebP, lossy with transparency", { ...webp, hasAlpha: true }],
  ["WebP, lossless", { ...webp, lossless: true, bytesPerPixel: 0.7 }],
  ["AVIF, 8 bits 4:2:0", avif],
  ["AVIF, 8 bits 4:2:0 in tiles of 512 × 512", { ...avif, ...tiles }],
  ["AVIF, 8 bits 4:4:4", { ...avif, samplesPerPixel: 3 }],
  ["AVIF, 10 bits", { ...avif, bitDepth: 10 }],
  ["AVIF with transparency", { ...avif, hasAlpha: true }],
  ["HEIC in tiles of 512 × 512, where switched on", { ...avif, ...tiles, format: "heic" }],
];

/** The largest picture of each kind for one rendition 800 pixels wide in WebP. */
export const largestSources = (): string =>
  table(
    ["source", "megapixels"],
    sources.map(([name, kind]) => [
      name,
      largest(limits.sourcePixelsMax, (pixels) => isPlanned(kind, pixels, 800, "webp")),
    ]),
  );

const renditions: readonly (readonly [string, OutputFormat, Kind])[] = [
  ["JPEG", "jpeg", jpeg],
  ["PNG", "png", jpeg],
  ["PNG with transparency", "png", { ...png, hasAlpha: true }],
  ["WebP", "webp", jpeg],
  ["WebP with transparency", "webp", { ...png, hasAlpha: true }],
  ["AVIF", "avif", jpeg],
  ["AVIF with transparency", "avif", { ...png, hasAlpha: true }],
];

/** The largest rendition in each format, of a picture of 24 megapixels. */
export const largestRenditions = (): string =>
  table(
    ["rendition", "megapixels"],
    renditions.map(([name, format, kind]) => [
      name,
      largest(limits.outputPixelsMax, (pixels) =>
        isPlanned(kind, 24_000_000, sides(pixels).width, format),
      ),
    ]),
  );

function isPlanned(kind: Kind, pixels: number, width: number, format: OutputFormat): boolean {
  const { bytesPerPixel, ...about } = kind;
  const example = { ...about, ...sides(pixels), bytes: pixels * bytesPerPixel };
  return examplePlan(example, `width=${width},format=${format}`) !== null;
}

/** In megapixels, to the tenth below ten. */
function largest(pixelsMax: number, isPlannedAt: (pixels: number) => boolean): string {
  const step = 100_000;
  let steps = Math.floor(pixelsMax / step);
  while (steps > 0 && !isPlannedAt(steps * step)) steps -= 1;
  return String(steps < 100 ? steps / 10 : Math.floor(steps / 10));
}

/** The sides of a 4 : 3 picture. */
function sides(pixels: number): { readonly width: number; readonly height: number } {
  const height = Math.floor(Math.sqrt((pixels * 3) / 4));
  return { width: Math.floor((height * 4) / 3), height };
}
