import type { WasmInstance } from "../wasm-slot.ts";

/** What `engine/kernels/webp` exports, one instance for each picture. Addresses are into `memory`. */
export interface WebpKernel extends WasmInstance {
  readonly setMemoryLimit: (bytes: number) => void;
  readonly allocate: (bytes: number) => number;
  readonly allocateInPlace: (bytes: number, pixels: number) => number;
  readonly bytesRefused: () => number;
  readonly openLossy: (at: number, length: number) => number;
  readonly openAlpha: (at: number, length: number) => number;
  readonly openLossless: (at: number, length: number, hasAlpha: boolean) => number;
  readonly width: () => number;
  readonly height: () => number;
  readonly openCanvas: (
    width: number,
    height: number,
    left: number,
    top: number,
    shrink: number,
    opaque: boolean,
    rows: number,
  ) => number;
  readonly openPlanes: () => number;
  readonly planeStride: (plane: number) => number;
  readonly planeStrip: (plane: number) => number;
  readonly rowsToTake: () => number;
  readonly takePlanes: (from: number, to: number) => void;
  readonly advance: () => number;
  readonly rowsToDraw: () => number;
  readonly draw: (from: number, to: number) => number;
}

/** Statuses of `engine/kernels/webp/status.ts`; 0 is none. */
export const CORRUPT = -1;
export const TRUNCATED = -2;
export const OVER_MEMORY = -3;
