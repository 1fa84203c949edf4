import type { FormatRecord } from "./format-record.ts";
import { inWasm } from "./wasm-memory.ts";

/** Describes the rendition that the other options make, and makes none. */
export const json = {
  title: "JSON",
  mediaType: "application/json",
  aliases: [],
  keeps: { transparency: true, animation: false, metadata: false },
  isUniversal: true,
  source: undefined,
  output: {
    qualityDefault: 100,
    hasQuality: false,
    auto: undefined,
    memory: () => inWasm(0),
    hasOwnMemory: true,
    nanos: { file: 0, pixel: 1 },
  },
} as const satisfies FormatRecord;
