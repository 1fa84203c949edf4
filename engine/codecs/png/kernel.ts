import { limits } from "../../../core/limits.ts";
import type { PngHeader } from "./chunks.ts";

/** Exports of `engine/kernels/png`, whose sources say what each does. */
export interface PngKernel {
  readonly memory: WebAssembly.Memory;
  begin(
    width: number,
    height: number,
    bitDepth: number,
    colourType: number,
    interlaced: boolean,
    hasAlpha: boolean,
    shrink: number,
    stripRows: number,
  ): number;
  inputAddress(): number;
  inputBytesMax(): number;
  push(length: number, final: boolean): void;
  step(): number;
  lookupAddress(): number;
  setClearColour(red: number, green: number, blue: number): void;
  stripAddress(): number;
  stripRowCount(): number;
  crc32(crc: number, address: number, length: number): number;
  wholeAddress(length: number, outputMax: number): number;
  inflateWhole(length: number, outputMax: number): number;
}

/** What `step` answers. */
export const NEED_INPUT = 0;
export const STRIP_READY = 1;
export const DONE = 2;
export const SHORT_DATA = -2;
export const BAD_FILTER = -3;

/** The kernel's margin between a stream and what it inflates to. */
const INPUT_MARGIN = 1024;

/** A profile that does not inflate, or inflates past the cap, is no profile. */
export function readIcc(kernel: PngKernel, stream: Uint8Array | undefined): Uint8Array | undefined {
  if (stream === undefined) return undefined;
  const address = kernel.wholeAddress(stream.length, limits.metadataBytesMax);
  if (address === 0) return undefined;
  new Uint8Array(kernel.memory.buffer).set(stream, address);
  const length = kernel.inflateWhole(stream.length, limits.metadataBytesMax);
  if (length <= 0) return undefined;
  const from = address + stream.length + INPUT_MARGIN;
  return new Uint8Array(kernel.memory.buffer).slice(from, from + length);
}

/** Palettes and greys of up to 8 bits become a table of RGBA; a single clear colour is told apart by value. */
export function setColours(kernel: PngKernel, header: PngHeader): void {
  const { colourType, bitDepth, transparency } = header;
  const samples = transparency ?? new Uint8Array(0);
  const sampleMax = 2 ** bitDepth - 1;
  /** Stored in 16 bits, of which as many count as the picture's depth. */
  const sample = (index: number): number =>
    colourType === 3 || transparency === undefined
      ? -1
      : (((samples[2 * index] ?? 0) << 8) | (samples[2 * index + 1] ?? 0)) & sampleMax;
  const isRgb = colourType === 2;
  kernel.setClearColour(sample(0), isRgb ? sample(1) : -1, isRgb ? sample(2) : -1);

  const lookup = new Uint8Array(kernel.memory.buffer, kernel.lookupAddress(), 1024);
  if (colourType === 3) {
    for (let index = 0; index < 256; index++) {
      lookup.set(header.palette.subarray(index * 3, index * 3 + 3), index * 4);
      if (index * 3 >= header.palette.length) lookup.fill(0, index * 4, index * 4 + 3);
      lookup[index * 4 + 3] = samples[index] ?? 255;
    }
  } else if (bitDepth <= 8) {
    for (let level = 0; level <= sampleMax; level++) {
      lookup.fill((level * 255) / sampleMax, level * 4, level * 4 + 3);
      lookup[level * 4 + 3] = level === sample(0) ? 0 : 255;
    }
  }
}
