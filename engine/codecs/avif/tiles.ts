import type { Grid } from "../../../core/image/avif/grid.ts";
import { rgbaOf, type Picture } from "../codec.ts";

/**
 * The tiles of a picture, row by row, in one buffer that each is written over the last in. What lies beyond the
 * picture repeats its edge.
 */
export function* tilesOf(picture: Picture, { columns, rows, tile }: Grid): Generator<Uint8Array> {
  const { width, height, opaque } = picture.bitmap;
  const rgba = rgbaOf(picture);
  const isTransparent = !opaque && hasTransparency(rgba);
  const out = new Uint8Array(4 * tile.width * tile.height);
  for (let index = 0; index < rows * columns; index++) {
    const left = (index % columns) * tile.width;
    const top = Math.floor(index / columns) * tile.height;
    const there = Math.min(tile.width, width - left);
    for (let line = 0; line < tile.height; line++) {
      const y = Math.min(top + line, height - 1);
      const start = 4 * (y * width + left);
      const to = 4 * line * tile.width;
      out.set(rgba.subarray(start, start + 4 * there), to);
      const last = out.slice(to + 4 * (there - 1), to + 4 * there);
      for (let x = there; x < tile.width; x++) out.set(last, to + 4 * x);
    }
    // libavif leaves out an alpha plane in which every pixel is opaque; a grid has one for each tile or none.
    if (isTransparent && !hasTransparency(out)) out[3] = 254;
    yield out;
  }
}

function hasTransparency(rgba: Uint8Array): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return true;
  return false;
}
