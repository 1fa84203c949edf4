import type { Area } from "../../core/plan/geometry.ts";
import type { Rgba } from "../../core/transform/values.ts";

/** RGBA with straight alpha, in any memory, each pixel at a multiple of four bytes. */
export interface PixelRows {
  readonly width: number;
  readonly height: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  readonly rgba: Uint8Array;
}

/**
 * The smallest box around every pixel that differs from `colour` by more than `tolerance` in any channel;
 * undefined where there is none. A transparent colour has no hue: against it alpha alone counts. Reads
 * the border and little more, so that a picture without one costs next to nothing.
 */
export function contentBox(pixels: PixelRows, colour: Rgba, tolerance: number): Area | undefined {
  const { width, height, stride, rgba } = pixels;
  const words = new Int32Array(rgba.buffer, rgba.byteOffset, rgba.byteLength >>> 2);
  const rowStart = (row: number) => (row * stride) >>> 2;
  const fromLeft = (row: number, limit: number) =>
    borderRun(words, rowStart(row), 1, limit, colour, tolerance);
  const fromRight = (row: number, limit: number) =>
    borderRun(words, rowStart(row) + width - 1, -1, limit, colour, tolerance);

  let top = 0;
  while (top < height && fromLeft(top, width) === width) top++;
  if (top === height) return undefined;
  let bottom = height;
  while (fromLeft(bottom - 1, width) === width) bottom--;

  let left = width;
  let right = width;
  for (let row = top; row < bottom; row++) {
    left = fromLeft(row, left);
    right = fromRight(row, right);
  }
  return { x: left, y: top, width: width - left - right, height: bottom - top };
}

/**
 * How many pixels of the border's colour, at most `limit`, follow one another from a pixel on, towards
 * the right (`step` 1) or the left (-1).
 */
function borderRun(
  words: Int32Array,
  from: number,
  step: 1 | -1,
  limit: number,
  { r, g, b, a }: Rgba,
  tolerance: number,
): number {
  const hueTolerance = a === 0 ? 255 : tolerance;
  // A border repeats itself: most of its pixels need no more than one comparison.
  let known = r | (g << 8) | (b << 16) | (a << 24);
  let run = 0;
  for (let at = from; run < limit; at += step) {
    const word = words[at] ?? 0;
    if (word !== known) {
      const isBorder =
        Math.abs((word & 255) - r) <= hueTolerance &&
        Math.abs(((word >>> 8) & 255) - g) <= hueTolerance &&
        Math.abs(((word >>> 16) & 255) - b) <= hueTolerance &&
        Math.abs((word >>> 24) - a) <= tolerance;
      if (!isBorder) break;
      known = word;
    }
    run++;
  }
  return run;
}
