import { limits } from "../limits.ts";
import type { CodecMemory } from "./format-record.ts";

export const MiB = 1024 * 1024;

export const inWasm = (wasm: number): CodecMemory => ({ wasm, heap: 0 });

/** Emscripten's heap begins with 16 MiB and grows by a fifth at least. */
export const emscriptenHeap = (bytes: number): number => Math.max(16 * MiB, 1.2 * bytes);

/** The largest whole factor up to `ratio` by which a decoder averages pixels. */
export const wholeShrink = (ratio: number): number =>
  Math.min(limits.decodeShrinkMax, Math.max(1, Math.floor(ratio)));

/**
 * For planes with halved colours, whose squares must be powers of two. Twice the target loses nothing that can
 * be seen; less is for lack of memory.
 */
export const powerOfTwoShrinks = (ratio: number): readonly number[] => [
  powerOfTwo(ratio / 2),
  powerOfTwo(ratio),
];

/** The largest of 1, 2, 4 and 8 up to `ratio`. */
const powerOfTwo = (ratio: number): number => [8, 4, 2].find((factor) => factor <= ratio) ?? 1;
