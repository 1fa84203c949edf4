import { limits } from "../../limits.ts";
import { MiB } from "../../magnitudes.ts";
import type { EncodedPicture, FormatRecord } from "../format-record.ts";
import type { PictureHeader } from "../header.ts";
import { pixelsOf } from "../size.ts";
import { inWasm, wholeShrink } from "../wasm-memory.ts";
import { probeWebp } from "./probe.ts";

export const webp = {
  title: "WebP",
  mediaType: "image/webp",
  aliases: [],
  keeps: { transparency: true, animation: true, metadata: false },
  isUniversal: true,
  source: {
    signatures: [{ prefix: "RIFF", at: 8, later: "WEBP" }],
    brands: [],
    hasFrames: true,
    probe: probeWebp,
    switchedOnBy: undefined,
    // A box average: only for lack of memory.
    shrinks: (ratio) => [1, wholeShrink(ratio / 2), wholeShrink(ratio)],
    memory: (header, _shrink, sourceBytes) => inDecoder(decoderBytes(header, sourceBytes)),
    planesMemory: (header, { shrink, rowsAtOnce }, sourceBytes) =>
      header.lossless ||
      header.hasAlpha ||
      shrink > 1 ||
      pixelsOf(header) < limits.webpPlanesPixelsMin
        ? undefined
        : decoderBytes(header, sourceBytes) + planeBytes(header, rowsAtOnce),
    nanos: {
      webp: { byte: 53, pixel: 1.5 },
      "webp with alpha": { byte: 58, pixel: 6.8 },
      "lossless webp": { byte: 6.2, pixel: 9 },
    },
    kindOf: ({ lossless, hasAlpha }) =>
      lossless ? "lossless webp" : hasAlpha ? "webp with alpha" : "webp",
  },
  output: {
    // Cloudflare's own default.
    qualityDefault: 85,
    hasQuality: true,
    auto: { rank: 2, pixelsMax: Infinity },
    // Its memory begins with 18 MiB.
    memory: (picture) => inWasm(Math.max(19 * MiB, encoderBytes(picture))),
    hasOwnMemory: true,
    nanos: { file: 1_200_000, pixel: 107 },
  },
} as const satisfies FormatRecord;

const inDecoder = (wasm: number) => ({ wasm, heap: 0, reusable: 0 });

/**
 * The file, and some rows. A lossless picture is held as it is coded, in the place of its file as that is read; the
 * alpha of a lossy one together with its file. Both have the data of their transforms and their codes: encoders make far
 * fewer than this. The decoder takes no more and refuses what needs it.
 */
function decoderBytes({ width, height, lossless, hasAlpha }: PictureHeader, sourceBytes: number) {
  const rows = MiB / 2 + 256 * width;
  const values = 4 * width * height;
  const tables = 4 * MiB + Math.min(values / 8, 4 * MiB);
  if (lossless) return Math.max(values, sourceBytes) + values / 64 + 2 ** 16 + rows + tables;
  return sourceBytes + rows + (hasAlpha ? values + tables : 0);
}

/** Rows of Y, U and V, each with what its decoder makes at once and with room behind. */
function planeBytes({ width, height }: PictureHeader, rowsAtOnce: number): number {
  const { luma, chroma } = planeRings(height, rowsAtOnce);
  return luma * (width + 64) + 2 * chroma * (width / 2 + 64);
}

/**
 * Rows of luma and of each chroma plane that are kept, where the outputs look at `rowsAtOnce` rows of the
 * picture: a filter's least besides, and what the last row of macroblocks finishes.
 */
export function planeRings(
  height: number,
  rowsAtOnce: number,
): { readonly luma: number; readonly chroma: number } {
  return {
    luma: Math.min(height, Math.ceil(rowsAtOnce) + 12 + 24),
    chroma: Math.min(Math.ceil(height / 2), Math.ceil(rowsAtOnce / 2) + 12 + 12),
  };
}

/** Noise at the highest quality; photographs take half. The alpha plane is coded as a lossless picture. */
function encoderBytes(picture: EncodedPicture): number {
  const pixels = pixelsOf(picture);
  if (picture.lossless) return 47 * pixels + 36 * MiB;
  const perPixel = picture.hasAlpha ? 51 : pixels > limits.webpHeldPixelsMax ? 14 : 42;
  return perPixel * pixels + 4 * MiB;
}
