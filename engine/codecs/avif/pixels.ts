import type { Grid } from "../../../core/image/avif/grid.ts";
import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import { rgbaOf, type Picture } from "../codec.ts";

/** Writes all pixels of a picture or of a tile: RGBA, rows without gaps. */
export type Fill = (rgba: Uint8Array) => void;

export const fillWhole =
  ({ workspace, bitmap }: Picture): Fill =>
  (rgba) => {
    const copier = new WideningCopier(workspace);
    copier.copy(bitmap.pointer, bitmap.width * bitmap.height, rgba, 0);
    copier.free();
  };

/** The tiles of a picture, row by row. What lies beyond the picture repeats its edge. */
export function* fillTiles(picture: Picture, grid: Grid): Generator<Fill> {
  const { workspace, bitmap } = picture;
  const isTransparent = !bitmap.opaque && hasTransparency(rgbaOf(picture));
  const copier = grid.halvesChroma ? new WideningCopier(workspace) : new Copier(workspace);
  for (let index = 0; index < grid.rows * grid.columns; index++) {
    yield (rgba) => {
      copyTile(picture, grid, index, copier, rgba);
      // libavif leaves out an alpha plane in which every pixel is opaque; a grid has one for each tile or none.
      if (isTransparent && !hasTransparency(rgba)) rgba[3] = 254;
    };
  }
  copier.free();
}

function copyTile(
  { bitmap: { pointer, width, height } }: Picture,
  { columns, tile }: Grid,
  index: number,
  copier: Copier,
  out: Uint8Array,
): void {
  const left = (index % columns) * tile.width;
  const top = Math.floor(index / columns) * tile.height;
  const there = Math.min(tile.width, width - left);
  for (let line = 0; line < tile.height; line++) {
    const y = Math.min(top + line, height - 1);
    const to = 4 * line * tile.width;
    copier.copy(pointer + 4 * (y * width + left), there, out, to);
    const last = out.slice(to + 4 * (there - 1), to + 4 * there);
    for (let x = there; x < tile.width; x++) out.set(last, to + 4 * x);
  }
}

function hasTransparency(rgba: Uint8Array): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return true;
  return false;
}

/** Copies pixels out of a workspace. */
class Copier {
  readonly workspace: Workspace;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  copy(from: number, count: number, out: Uint8Array, to: number): void {
    out.set(bytesAt(this.workspace, from, 4 * count), to);
  }

  free(): void {}
}

/**
 * With colours a little stronger: libavif makes 4:2:0 of RGB by libyuv's formula, whose chroma is 63/64 of what
 * ITU-T T.871 asks, and a decoder gives back. 200 of blue would come out as 197.
 */
class WideningCopier extends Copier {
  readonly #strip: number;

  constructor(workspace: Workspace) {
    super(workspace);
    this.#strip = workspace.allocate(4 * STRIP_PIXELS);
  }

  override copy(from: number, count: number, out: Uint8Array, to: number): void {
    for (let done = 0; done < count; done += STRIP_PIXELS) {
      const pixels = Math.min(STRIP_PIXELS, count - done);
      this.workspace.kernels.widenColours(from + 4 * done, pixels, this.#strip);
      super.copy(this.#strip, pixels, out, to + 4 * done);
    }
  }

  override free(): void {
    this.workspace.free(this.#strip);
  }
}

/** A multiple of the four that are handled at once. */
const STRIP_PIXELS = 4096;
