import type { Heap } from "./heap.ts";

/** RGBA, eight bits each, straight alpha, in a workspace's memory. */
export interface Bitmap {
  readonly pointer: number;
  readonly width: number;
  readonly height: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** No pixel is transparent: the alpha paths may be skipped. */
  readonly opaque: boolean;
}

/** RGBA, eight bits each, straight alpha, in any memory; rows without gaps. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** Kernels read whole vectors, so up to this much is read beyond the last pixel. */
export const slackBytes = 32;

function bitmapBytes(width: number, height: number): number {
  return width * height * 4 + slackBytes;
}

/** Its pixels are not initialised. */
export function allocateBitmap(heap: Heap, width: number, height: number, opaque: boolean): Bitmap {
  const pointer = heap.allocate(bitmapBytes(width, height));
  return { pointer, width, height, stride: width * 4, opaque };
}
