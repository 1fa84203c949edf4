import { limits } from "../limits.ts";
import { MiB } from "../magnitudes.ts";
import type { CodecMemory } from "./format-record.ts";
import type { PictureHeader } from "./header.ts";

export const inWasm = (wasm: number): CodecMemory => ({ wasm, heap: 0 });

/** Emscripten's heap begins with 16 MiB and grows by a fifth at least. */
export const emscriptenHeap = (bytes: number): number => Math.max(16 * MiB, 1.2 * bytes);

/** The largest whole factor up to `ratio` by which a decoder averages pixels. */
export const wholeShrink = (ratio: number): number =>
  Math.min(limits.decodeShrinkMax, Math.max(1, Math.floor(ratio)));

/**
 * Rows of planes of 4:2:0 that lie ready for resampling: those that are wanted at once, and of a grid a row of
 * parts as well.
 */
export function partPlaneBytes(header: PictureHeader, rowsAtOnce: number): number {
  const { width, height, partHeight = 0 } = header;
  const rows = Math.min(height + 1, rowsAtOnce + partHeight + 26);
  return 1.5 * (width + 160) * rows;
}
