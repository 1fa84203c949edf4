import { limits } from "../../limits.ts";
import { pixelsOf, type Size } from "../size.ts";

/** A picture cut into equal tiles, which its encoder takes one by one. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** The last column and row may reach beyond the picture. */
  readonly tile: Size;
  /**
   * Colours at half the resolution ask for an even width and height of the picture itself; one with an odd
   * side keeps all of them.
   */
  readonly halvesChroma: boolean;
}

/**
 * Undefined where the picture is encoded in one piece. Sides of tiles are even and at least 64, as
 * ISO/IEC 23000-22 §7.3.11.4.2 asks.
 */
export function gridOf(picture: Size): Grid | undefined {
  if (pixelsOf(picture) <= limits.avifWholePixelsMax) return undefined;
  const halvesChroma = picture.width % 2 === 0 && picture.height % 2 === 0;
  // The encoder holds nearly twice as much of a picture with all its colours.
  const pixelsMax = halvesChroma ? limits.avifTilePixelsMax : limits.avifTilePixelsMax / 2;
  const rowsFor = (columns: number) =>
    Math.ceil(picture.height / Math.floor(pixelsMax / evenSide(picture.width / columns)));
  // About as many rows as columns, in proportion to the sides.
  const columns = Math.ceil(picture.width / Math.sqrt(pixelsMax));
  const rows = rowsFor(columns);
  const tile = {
    width: evenSide(picture.width / columns),
    height: evenSide(picture.height / rows),
  };
  return { columns, rows, tile, halvesChroma };
}

const evenSide = (side: number): number => Math.max(64, 2 * Math.ceil(side / 2));
