import { limits } from "../../limits.ts";
import { MiB } from "../../magnitudes.ts";
import type { FormatRecord } from "../format-record.ts";
import type { PictureHeader } from "../header.ts";
import { pixelsOf } from "../size.ts";
import { wholeShrink } from "../wasm-memory.ts";
import { probePng } from "./probe.ts";

export const png = {
  title: "PNG",
  mediaType: "image/png",
  aliases: [],
  keeps: { transparency: true, animation: false, metadata: false },
  isUniversal: true,
  source: {
    signatures: [{ prefix: "\x89PNG\r\n\x1a\n" }],
    brands: [],
    hasFrames: true,
    probe: probePng,
    switchedOnBy: undefined,
    // A box average by rows. Twice the target loses nothing that can be seen; less is for lack of memory.
    shrinks: (ratio) => [wholeShrink(ratio / 2), wholeShrink(ratio)],
    memory: (header, shrink) => ({ wasm: decoderBytes(header, shrink), heap: 0, reusable: 0 }),
    nanos: { png: { byte: 4.2, pixel: 1.2 } },
    kindOf: () => "png",
  },
  output: {
    qualityDefault: 100,
    hasQuality: false,
    auto: undefined,
    // Two strips; then, in JavaScript, the filtered rows and what they deflate to.
    memory: (picture) => ({ wasm: 0.7 * MiB + 48 * picture.width, heap: 8 * pixelsOf(picture) }),
    hasOwnMemory: true,
    nanos: { file: 0, pixel: 50 },
  },
} as const satisfies FormatRecord;

/** By rows: input, window, two rows and a strip; Adam7 needs the whole (shrunk) picture. */
function decoderBytes(header: PictureHeader, shrink: number): number {
  const { width, height, bitDepth, colour, hasAlpha, progressive, hasIcc } = header;
  const channels = (colour === "rgb" ? 3 : 1) + (hasAlpha && colour !== "palette" ? 1 : 0);
  const rowBytes = Math.ceil((width * bitDepth * channels) / 8);
  const outWidth = Math.ceil(width / shrink);
  const outPixels = outWidth * Math.ceil(height / shrink);
  // Shrinking adds up 32-bit sums.
  const strip = progressive ? outPixels * (shrink > 1 ? 16 : 4) : MiB / 4 + 4 * outWidth;
  const profile = hasIcc ? 2 * limits.metadataBytesMax : 0;
  return 0.4 * MiB + 3 * rowBytes + 4 * width + 16 * outWidth + strip + profile;
}
