import type { FormatRecord } from "../format-record.ts";
import type { PictureHeader } from "../header.ts";
import { inWasm, MiB } from "../wasm-memory.ts";
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
    probe: probeJpeg,
    shrinks: jpegShrinks,
    // Tables and stack, the file, rows in the making.
    memory: (header, shrink, sourceBytes) => {
      const reusable = coefficientBytes(header);
      const rows = 36 * Math.ceil(header.width / shrink);
      return { wasm: MiB / 2 + sourceBytes + rows + reusable, heap: 0, reusable };
    },
    nanos: {
      jpeg: { byte: 8.4, pixel: 0 },
      progressive: { byte: 45, pixel: 0 },
      // Most of its scans are passed over.
      "progressive at an eighth": { byte: 7.7, pixel: 0 },
    },
    kindOf: ({ progressive }, shrink) =>
      !progressive ? "jpeg" : shrink === 8 ? "progressive at an eighth" : "progressive",
  },
  output: {
    // Cloudflare's own default.
    qualityDefault: 85,
    hasQuality: true,
    auto: undefined,
    // Coefficients of strips of at most 12 MiB; planes and coded data of one row of MCUs.
    memory: ({ width, height }) => {
      const coefficients = Math.min(12 * MiB, 3 * (width + 15) * (height + 15));
      return inWasm(coefficients + 320 * (width + 15) + MiB / 8);
    },
    hasOwnMemory: false,
    nanos: { file: 0, pixel: 3 },
  },
} as const satisfies FormatRecord;

/**
 * The inverse DCT can leave out a half, three quarters or seven eighths of the frequencies. Just above
 * such a factor half of a picture's detail would come from its box average and not from the filter, so
 * there it is decoded twice as large, as libvips does; the coarser way is for lack of memory.
 */
function jpegShrinks(ratio: number): readonly number[] {
  const factor = [8, 4, 2, 1].find((candidate) => candidate <= ratio + 1e-9) ?? 1;
  return factor > 1 && ratio < factor + 1 ? [factor / 2, factor] : [factor];
}

/** What several scans leave unfinished: two bytes a sample, in whole MCUs, whose sides are at most 32 pixels. */
function coefficientBytes({ width, height, progressive, samplesPerPixel }: PictureHeader): number {
  return progressive ? 2 * samplesPerPixel * (width + 31) * (height + 31) : 0;
}
