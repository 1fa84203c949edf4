import { MiB } from "../../magnitudes.ts";
import type { FormatRecord } from "../format-record.ts";
import type { PictureHeader } from "../header.ts";
import { emscriptenHeap, partPlaneBytes } from "../wasm-memory.ts";
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
    hasFrames: false,
    probe: probeHeic,
    switchedOnBy: "The operator of this service can switch it on: see docs/heic.md.",
    shrinks: () => [1],
    // All of them come as planes.
    memory: (header, _shrink, sourceBytes) => ({
      wasm: libheifMemory(header, sourceBytes),
      heap: 0,
      reusable: 0,
    }),
    planesMemory: (header, { rowsAtOnce }, sourceBytes) =>
      libheifMemory(header, sourceBytes) + partPlaneBytes(header, rowsAtOnce),
    nanos: { heic: { byte: 0, pixel: 45 } },
    kindOf: () => "heic",
  },
  output: undefined,
} as const satisfies FormatRecord;

/** Memory for the largest part; the file is copied, and libheif joins the data of each part. */
export function libheifMemory(header: PictureHeader, sourceBytes: number): number {
  const part = 4 * (header.partPixels ?? pixelsOf(header));
  return Math.max(16.5 * MiB, emscriptenHeap(part + 2 * sourceBytes + 4 * MiB));
}
