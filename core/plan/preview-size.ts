import type { Size } from "../image/size.ts";
import { limits } from "../limits.ts";

/** The size of the small copy that `format=json` is computed from; never enlarged. */
export function previewSize({ width, height }: Size): Size {
  const ratio = Math.min(limits.previewSideMax / Math.max(width, height), 1);
  const side = (length: number) => Math.max(Math.round(length * ratio), 1);
  return { width: side(width), height: side(height) };
}
