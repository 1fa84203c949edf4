import type { Size } from "./geometry.ts";

/** The largest size up to 100 pixels a side, which is what a ThumbHash is made of; never enlarged. */
export function previewSize({ width, height }: Size): Size {
  const ratio = Math.min(100 / Math.max(width, height), 1);
  const side = (length: number) => Math.max(Math.round(length * ratio), 1);
  return { width: side(width), height: side(height) };
}
