import { limits } from "../../limits.ts";
import { MiB } from "../../magnitudes.ts";
import type { FormatRecord, PlaneNeeds } from "../format-record.ts";
import type { PictureHeader } from "../header.ts";
import { pixelsOf } from "../size.ts";
import { inWasm } from "../wasm-memory.ts";
import { probeJpeg } from "./probe.ts";

export const jpeg = {
  title: "JPEG",
  mediaType: "image/jpeg",
  aliases: ["jpg", "baseline-jpeg"],
  keeps: { transparency: false, animation: false, metadata: true },
  isUniversal: true,
  source: {
    signatures: [{ prefix: "\xff\xd8\xff" }],
    brands: [],
    hasFrames: false,
    probe: probeJpeg,
    switchedOnBy: undefined,
    shrinks: jpegShrinks,
    // Tables and stack, the file, rows in the making.
    memory: (header, shrink, sourceBytes) => {
      const reusable = coefficientBytes(header);
      const rows = 36 * Math.ceil(header.width / shrink);
      return { wasm: MiB / 2 + sourceBytes + rows + reusable, heap: 0, reusable };
    },
    planesMemory: (header, needs, sourceBytes) =>
      isUsual(header) ? planeBytes(header, needs) + sourceBytes : undefined,
    nanos: {
      jpeg: { byte: 6, pixel: 0.2 },
      progressive: { byte: 29, pixel: 0 },
      // Most of its scans are passed over.
      "progressive at an eighth": { byte: 1, pixel: 0.3 },
    },
    kindOf: ({ progressive }, shrink) =>
      !progressive ? "jpeg" : shrink === 8 ? "progressive at an eighth" : "progressive",
  },
  output: {
    // Cloudflare's own default.
    qualityDefault: 85,
    hasQuality: true,
    auto: undefined,
    // Coefficients of one strip at most; planes and coded data of one row of MCUs.
    memory: ({ width, height }) => {
      const coefficients = Math.min(
        limits.jpegCoefficientBytesMax,
        3 * (width + 15) * (height + 15),
      );
      return inWasm(coefficients + 320 * (width + 15) + MiB / 8);
    },
    hasOwnMemory: false,
    nanos: { file: 240_000, pixel: 1.5 },
  },
} as const satisfies FormatRecord;

/** Those of a few pixels are left to libjpeg, and so are inks. */
const isUsual = ({ width, height, colour }: PictureHeader): boolean =>
  Math.min(width, height) >= 64 && colour !== "cmyk";

/**
 * Tables; rings of rows, in which chroma may lie as dense as luma; and where there are many scans, of each
 * block of 64 the coefficients that the scale shows and a bit for each.
 */
function planeBytes(header: PictureHeader, { shrink, rowsAtOnce }: PlaneNeeds): number {
  const { width, height, progressive, samplesPerPixel } = header;
  const planes = samplesPerPixel > 1 ? 3 : 1;
  const mcuRows = 3 * 32;
  const ringBytes = (divisor: number): number => {
    const rows = Math.min(rowsAtOnce + 12 * divisor + mcuRows, height + 31) / divisor;
    return ((width + 31) / divisor + 32) * rows;
  };
  // Of a quarter's luma there may be twice as many samples, of eight coefficients: see `layOutPlanes`.
  const isQuarter = progressive && shrink === 4;
  const isSharper = isQuarter && rowsAtOnce < Infinity;
  const rings = ringBytes(isSharper ? 2 : shrink) + (planes - 1) * ringBytes(shrink);
  const side = 8 / shrink;
  const keptBytes = (of: number): number => (of === 1 ? 2 : 2 * of * of + 8);
  const blocks = ((width + 31) * (height + 31)) / 64;
  const luma = isSharper ? 24 : keptBytes(side);
  // Chroma's scale is larger than luma's only where it lies half as dense along both axes.
  const isSparse = !isQuarter || samplesPerPixel <= 1.5;
  const chromaSamples = isSparse ? samplesPerPixel - 1 : Math.min(2, samplesPerPixel);
  const chroma = chromaSamples * keptBytes(isSparse ? Math.min(8, 2 * side) : side);
  const kept = progressive ? blocks * (luma + chroma) : 0;
  return MiB / 4 + rings + kept;
}

/**
 * The inverse DCT can leave out a half, three quarters or seven eighths of the frequencies. Just above
 * such a factor half of a picture's detail would come from its box average and not from the filter, so
 * there it is decoded twice as large, as libvips does; the coarser way is for lack of memory.
 */
function jpegShrinks(ratio: number, header: PictureHeader): readonly number[] {
  const factor = [8, 4, 2, 1].find((candidate) => candidate <= ratio + 1e-9) ?? 1;
  if (header.progressive && pixelsOf(header) > limits.progressiveDoublePixelsMax && factor < 8)
    return [factor];
  return factor > 1 && ratio < factor + 1 ? [factor / 2, factor] : [factor];
}

/** What several scans leave unfinished: two bytes a sample, in whole MCUs, whose sides are at most 32 pixels. */
function coefficientBytes({ width, height, progressive, samplesPerPixel }: PictureHeader): number {
  return progressive ? 2 * samplesPerPixel * (width + 31) * (height + 31) : 0;
}
