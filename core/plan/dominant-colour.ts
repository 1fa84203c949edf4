import type { Rgba } from "../transform/values.ts";

/**
 * The colour that most of a picture has: the mean of the fullest of 4096 boxes that cut red, green and
 * blue into sixteenths, each pixel counting by its alpha. Opaque; absent where nothing is visible.
 * `rgba`: straight alpha, four bytes a pixel; meant for some thousand pixels.
 */
export function dominantColour(rgba: Uint8Array): Rgba | undefined {
  const boxes = new Map<number, Box>();
  for (let at = 0; at < rgba.length; at += 4) {
    const [r = 0, g = 0, b = 0, alpha = 0] = rgba.subarray(at, at + 4);
    const key = ((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4);
    const box = boxes.get(key) ?? nothing;
    boxes.set(key, {
      r: box.r + r * alpha,
      g: box.g + g * alpha,
      b: box.b + b * alpha,
      weight: box.weight + alpha,
    });
  }
  const { r, g, b, weight } = [...boxes.values()].reduce(fuller, nothing);
  if (weight === 0) return undefined;
  return {
    r: Math.round(r / weight),
    g: Math.round(g / weight),
    b: Math.round(b / weight),
    a: 255,
  };
}

/** Sums over the pixels of one box, each multiplied by its alpha. */
interface Box {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly weight: number;
}

const nothing: Box = { r: 0, g: 0, b: 0, weight: 0 };

/** The first of equal ones, so that the answer does not depend on chance. */
const fuller = (one: Box, other: Box) => (other.weight > one.weight ? other : one);
