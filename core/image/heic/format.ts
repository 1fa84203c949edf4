import type { FormatRecord } from "../format-record.ts";
import { emscriptenHeap, MiB, powerOfTwoShrinks } from "../wasm-memory.ts";
import { pixelsOf } from "../size.ts";
import { probeHeic } from "./probe.ts";

export const heic = {
  title: "HEIC",
  mediaType: "image/heic",
  aliases: [],
  keeps: { transparency: false, animation: false, metadata: false },
  isUniversal: false,
  source: {
    signatures: [],
    brands: ["heic", "heix", "heim", "heis"],
    probe: probeHeic,
    switchedOnBy: "The operator of this service can switch it on: see docs/heic.md.",
    shrinks: powerOfTwoShrinks,
    // Of the largest part; the file is copied, and libheif joins the data of each part.
    memory: (header, shrink, sourceBytes) => {
      const part = 4 * (header.partPixels ?? pixelsOf(header));
      const wasm = Math.max(16.5 * MiB, emscriptenHeap(part + 2 * sourceBytes + 4 * MiB));
      return { wasm: wasm + (shrink + 12) * header.width, heap: 0, reusable: 0 };
    },
    nanos: { heic: { byte: 0, pixel: 45 } },
    kindOf: () => "heic",
  },
  output: undefined,
} as const satisfies FormatRecord;
