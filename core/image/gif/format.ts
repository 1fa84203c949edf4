import type { FormatRecord } from "../format-record.ts";
import { pixelsOf } from "../size.ts";
import { probeGif } from "./probe.ts";

export const gif = {
  title: "GIF",
  mediaType: "image/gif",
  aliases: [],
  keeps: { transparency: true, animation: false, metadata: false },
  isUniversal: true,
  source: {
    signatures: [{ prefix: "GIF87a" }, { prefix: "GIF89a" }],
    brands: [],
    hasFrames: true,
    probe: probeGif,
    switchedOnBy: undefined,
    shrinks: () => [1],
    // All of it is JavaScript: an index into the palette for each pixel.
    memory: (header) => ({ wasm: 0, heap: pixelsOf(header), reusable: 0 }),
    nanos: { gif: { byte: 0, pixel: 12 } },
    kindOf: () => "gif",
  },
  output: undefined,
} as const satisfies FormatRecord;
