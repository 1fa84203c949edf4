import type { Orientation } from "../core/image/image-info.ts";
import type { Transform } from "../core/transform/transform.ts";
import { wordsOf, type Area, type Raster } from "./raster.ts";

/**
 * One of the eight ways to lay down a picture. A pixel of the turned picture is found in the stored
 * one by mirroring its place along each axis that says so, then swapping x and y for `transpose`.
 */
export interface Turn {
  readonly mirrorX: boolean;
  readonly mirrorY: boolean;
  readonly transpose: boolean;
}

/** EXIF orientation first, then `flip`, then `rotate`, as one turn. */
export function turnOf(
  orientation: Orientation,
  { flip, rotate }: Pick<Transform, "flip" | "rotate">,
): Turn {
  return then(then(exifTurns[orientation], flips[flip]), exifTurns[rotations[rotate]]);
}

/** Where an area of the turned picture lies in the stored one. `turned` is the whole turned size. */
export function storedArea(area: Area, turned: Pick<Area, "width" | "height">, turn: Turn): Area {
  const x = turn.mirrorX ? turned.width - area.x - area.width : area.x;
  const y = turn.mirrorY ? turned.height - area.y - area.height : area.y;
  return turn.transpose
    ? { x: y, y: x, width: area.height, height: area.width }
    : { x, y, width: area.width, height: area.height };
}

/** The stored raster turned; itself where there is nothing to turn. */
export function turned(stored: Raster, turn: Turn): Raster {
  const { mirrorX, mirrorY, transpose } = turn;
  if (!mirrorX && !mirrorY && !transpose) return stored;

  const width = transpose ? stored.height : stored.width;
  const height = transpose ? stored.width : stored.height;
  const strideX = transpose ? stored.width : 1;
  const strideY = transpose ? 1 : stored.width;
  const result = { data: new Uint8Array(stored.data.length), width, height };
  const source = wordsOf(stored);
  const target = wordsOf(result);
  const stepX = mirrorX ? -strideX : strideX;
  const stepY = mirrorY ? -strideY : strideY;
  let row = (mirrorX ? (width - 1) * strideX : 0) + (mirrorY ? (height - 1) * strideY : 0);
  for (let y = 0, to = 0; y < height; y++, row += stepY) {
    for (let x = 0, from = row; x < width; x++, from += stepX) target[to++] = source[from] ?? 0;
  }
  return result;
}

const upright: Turn = { mirrorX: false, mirrorY: false, transpose: false };

/** CIPA DC-008 (EXIF), tag 0x0112: what has to be done to see the stored picture upright. */
const exifTurns: Record<Orientation, Turn> = {
  1: upright,
  2: { mirrorX: true, mirrorY: false, transpose: false },
  3: { mirrorX: true, mirrorY: true, transpose: false },
  4: { mirrorX: false, mirrorY: true, transpose: false },
  5: { mirrorX: false, mirrorY: false, transpose: true },
  6: { mirrorX: true, mirrorY: false, transpose: true },
  7: { mirrorX: true, mirrorY: true, transpose: true },
  8: { mirrorX: false, mirrorY: true, transpose: true },
};

/** Quarter turns clockwise, as the orientation that asks for them. */
const rotations: Record<Transform["rotate"], Orientation> = { 0: 1, 90: 6, 180: 3, 270: 8 };

const flips: Record<Transform["flip"], Turn> = {
  "": upright,
  h: { ...upright, mirrorX: true },
  v: { ...upright, mirrorY: true },
  hv: { ...upright, mirrorX: true, mirrorY: true },
};

/** The first turn's mirrors act on the axes that the second turn has swapped. */
function then(first: Turn, second: Turn): Turn {
  const [mirrorX, mirrorY] = second.transpose
    ? [first.mirrorY, first.mirrorX]
    : [first.mirrorX, first.mirrorY];
  return {
    mirrorX: mirrorX !== second.mirrorX,
    mirrorY: mirrorY !== second.mirrorY,
    transpose: first.transpose !== second.transpose,
  };
}
