import { limits } from "../../limits.ts";
import type { EncodedPicture, FormatRecord } from "../format-record.ts";
import { pixelsOf } from "../size.ts";
import { emscriptenHeap, inWasm, MiB, wholeShrink } from "../wasm-memory.ts";
import { probeWebp } from "./probe.ts";

export const webp = {
  title: "WebP",
  mediaType: "image/webp",
  aliases: [],
  keeps: { transparency: true, animation: false, metadata: false },
  isUniversal: true,
  source: {
    signatures: [{ prefix: "RIFF", at: 8, later: "WEBP" }],
    brands: [],
    probe: probeWebp,
    // A box average of the whole picture: only for lack of memory.
    shrinks: (ratio) => [1, wholeShrink(ratio / 2), wholeShrink(ratio)],
    memory: (header, _shrink, sourceBytes) => {
      // Lossless pictures, and the alpha of lossy ones, are unpacked as a whole before they are shown.
      const perPixel = header.lossless ? 8.2 : header.hasAlpha ? 6.5 : 4.6;
      const wasm = emscriptenHeap(perPixel * pixelsOf(header) + 2 * sourceBytes + 1.5 * MiB);
      return { wasm, heap: 4 * pixelsOf(header), reusable: 0 };
    },
    nanos: { webp: { byte: 0.6, pixel: 20.6 } },
    kindOf: () => "webp",
  },
  output: {
    // Cloudflare's own default.
    qualityDefault: 85,
    hasQuality: true,
    auto: { rank: 2, pixelsMax: Infinity },
    memory: (picture) => inWasm(Math.max(16 * MiB, encoderBytes(picture))),
    hasOwnMemory: true,
    nanos: { file: 1_600_000, pixel: 107 },
  },
} as const satisfies FormatRecord;

/** Noise at the highest quality; photographs take half. The alpha plane is coded as a lossless picture. */
function encoderBytes(picture: EncodedPicture): number {
  const pixels = pixelsOf(picture);
  if (picture.lossless) return 47 * pixels + 36 * MiB;
  const perPixel = picture.hasAlpha ? 51 : pixels > limits.webpHeldPixelsMax ? 14 : 42;
  return perPixel * pixels + 4 * MiB;
}
