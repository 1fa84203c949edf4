import { limits } from "../../limits.ts";
import type { FormatRecord } from "../format-record.ts";
import { pixelsOf, type Size } from "../size.ts";
import { emscriptenHeap, inWasm, MiB } from "../wasm-memory.ts";
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
    probe: probeAvif,
    shrinks: () => [1],
    memory: (header, _shrink, sourceBytes) => {
      // Alpha is a second picture.
      const perPixel = (header.bitDepth > 8 ? 32 : 22) * (header.hasAlpha ? 2 : 1);
      const wasm = emscriptenHeap(perPixel * blockPixels(header) + 2 * sourceBytes + 6 * MiB);
      return { wasm, heap: 4 * pixelsOf(header), reusable: 0 };
    },
    nanos: { avif: { byte: 116, pixel: 121 } },
    kindOf: () => "avif",
  },
  output: {
    // Its scale lies lower than JPEG's for the same look.
    qualityDefault: 60,
    hasQuality: true,
    // Only as far as its encoder is quick and small, as at Cloudflare.
    auto: { rank: 1, pixelsMax: limits.autoAvifPixelsMax },
    memory: (picture) => inWasm(Math.max(16 * MiB, 31 * blockPixels(picture) + 12.5 * MiB)),
    hasOwnMemory: true,
    nanos: { file: 13_200_000, pixel: 15 },
  },
} as const satisfies FormatRecord;

/** AV1 works on blocks of 64 × 64. */
const blockPixels = ({ width, height }: Size): number =>
  64 * Math.ceil(width / 64) * 64 * Math.ceil(height / 64);
