import { limits } from "../../limits.ts";
import { MiB } from "../../magnitudes.ts";
import type { CodecMemory, DecoderMemory, EncodedPicture, FormatRecord } from "../format-record.ts";
import type { PictureHeader } from "../header.ts";
import { pixelsOf, type Size } from "../size.ts";
import { emscriptenHeap, partPlaneBytes } from "../wasm-memory.ts";
import { gridOf } from "./grid.ts";
import { probeAvif } from "./probe.ts";

export const avif = {
  title: "AVIF",
  mediaType: "image/avif",
  aliases: [],
  keeps: { transparency: true, animation: false, metadata: false },
  isUniversal: false,
  source: {
    signatures: [],
    brands: ["avif", "avis"],
    hasFrames: false,
    probe: probeAvif,
    switchedOnBy: undefined,
    shrinks: () => [1],
    memory: (header, _shrink, sourceBytes) => libavifMemory(header, sourceBytes),
    planesMemory: (header, { rowsAtOnce }, sourceBytes) =>
      decodesInPlanes(header)
        ? dav1dMemory(header, sourceBytes) + partPlaneBytes(header, rowsAtOnce)
        : undefined,
    nanos: { avif: { byte: 150, pixel: 26 }, "avif through libavif": { byte: 100, pixel: 104 } },
    kindOf: (header) => (decodesInPlanes(header) ? "avif" : "avif through libavif"),
  },
  output: {
    // Its scale lies lower than JPEG's for the same look.
    qualityDefault: 60,
    hasQuality: true,
    // Only as far as its encoder is quick and small, as at Cloudflare.
    auto: { rank: 1, pixelsMax: limits.autoAvifPixelsMax },
    memory: encoderMemory,
    hasOwnMemory: true,
    nanos: { file: 1_500_000, pixel: 100 },
  },
} as const satisfies FormatRecord;

/**
 * dav1d gives planes of 8-bit 4:2:0 in a memory that can be bounded; libavif reads everything else. One frame
 * that is not made of layers, without an alpha plane.
 */
export const decodesInPlanes = (header: PictureHeader): boolean =>
  header.bitDepth === 8 &&
  header.samplesPerPixel === 1.5 &&
  header.frames === 1 &&
  !header.hasAlpha &&
  !header.progressive;

/** Memory for the largest part, with its borders; dav1d begins with 16.4 MiB. */
export function dav1dMemory(header: PictureHeader, sourceBytes: number): number {
  const pixels = header.partPixels ?? blockPixels(header);
  return Math.max(16.5 * MiB, 2.1 * pixels + sourceBytes + 1.5 * MiB);
}

function libavifMemory(header: PictureHeader, sourceBytes: number): DecoderMemory {
  // Alpha is a second picture.
  const perPixel = (header.bitDepth > 8 ? 32 : 22) * (header.hasAlpha ? 2 : 1);
  const wasm = emscriptenHeap(perPixel * blockPixels(header) + 2 * sourceBytes + 6 * MiB);
  return { wasm, heap: 4 * pixelsOf(header), reusable: 0 };
}

/** One piece at a time, in a memory that begins with 19 MiB; of a grid, the coded tiles are in JavaScript. */
function encoderMemory(picture: EncodedPicture): CodecMemory {
  const grid = gridOf(picture);
  const perPixel = !grid || grid.halvesChroma ? 32.5 : 58;
  const wasm = Math.max(19 * MiB, perPixel * blockPixels(grid?.tile ?? picture) + 8 * MiB);
  return { wasm, heap: grid ? 2 * pixelsOf(picture) : 0 };
}

/** AV1 works on blocks of 64 × 64. */
const blockPixels = ({ width, height }: Size): number =>
  64 * Math.ceil(width / 64) * 64 * Math.ceil(height / 64);
