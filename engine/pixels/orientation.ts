import type { Orientation } from "../../core/image/header.ts";
import type { Transform } from "../../core/transform/transform.ts";
import type { Bitmap } from "./bitmap.ts";
import type { Target, Window } from "./resize.ts";

/**
 * What each orientation does to a stored picture, as a signed permutation: row one says what the
 * upright x is made of, row two the upright y; -1 counts from the far edge (CIPA DC-008, figure 6).
 */
const matrices: Readonly<Record<Orientation, Matrix>> = {
  1: [1, 0, 0, 1],
  2: [-1, 0, 0, 1],
  3: [-1, 0, 0, -1],
  4: [1, 0, 0, -1],
  5: [0, 1, 1, 0],
  6: [0, -1, 1, 0],
  7: [0, -1, -1, 0],
  8: [0, 1, -1, 0],
};

type Matrix = readonly [number, number, number, number];

/** The orientation that does `first`, then a flip, then a clockwise turn. */
export function turn(
  first: Orientation,
  { flip, rotate }: Pick<Transform, "flip" | "rotate">,
): Orientation {
  const flipped = compose(first, flips[flip]);
  return compose(flipped, rotations[rotate]);
}

const flips = { "": 1, h: 2, v: 4, hv: 3 } as const;
const rotations = { 0: 1, 90: 6, 180: 3, 270: 8 } as const;

/** The orientation that undoes one: only the two quarter turns undo each other. */
export function inverse(orientation: Orientation): Orientation {
  return orientation === 6 ? 8 : orientation === 8 ? 6 : orientation;
}

/** Whether width and height change places. */
export function swapsSides(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** The part of the stored picture that a window of the upright one shows. `stored` is the stored size. */
export function storedWindow(
  orientation: Orientation,
  stored: { readonly width: number; readonly height: number },
  upright: Window,
): Window {
  const [xx, xy, yx, yy] = matrices[orientation];
  const { x, y, width, height } = upright;
  const across = xx !== 0 ? { from: x, size: width } : { from: y, size: height };
  const down = yy !== 0 ? { from: y, size: height } : { from: x, size: width };
  const far = (axis: typeof across, side: number): number => side - axis.from - axis.size;
  return {
    x: xx + yx > 0 ? across.from : far(across, stored.width),
    y: xy + yy > 0 ? down.from : far(down, stored.height),
    width: across.size,
    height: down.size,
  };
}

/**
 * Where to write a picture of `width` x `height` (as stored, before turning) so that it stands upright
 * on `canvas` with its top left corner at `offset`.
 */
export function uprightTarget(
  orientation: Orientation,
  canvas: Bitmap,
  offset: { readonly x: number; readonly y: number },
  width: number,
  height: number,
): Target {
  const [xx, xy, yx, yy] = matrices[orientation];
  const x = offset.x + (xx < 0 ? width - 1 : 0) + (xy < 0 ? height - 1 : 0);
  const y = offset.y + (yx < 0 ? width - 1 : 0) + (yy < 0 ? height - 1 : 0);
  return {
    pointer: canvas.pointer + y * canvas.stride + x * 4,
    pixelStride: xx * 4 + yx * canvas.stride,
    rowStride: xy * 4 + yy * canvas.stride,
    width,
    height,
  };
}

function compose(first: Orientation, second: Orientation): Orientation {
  const [a, b, c, d] = matrices[first];
  const [e, f, g, h] = matrices[second];
  const product = [e * a + f * c, e * b + f * d, g * a + h * c, g * b + h * d];
  const found = Object.entries(matrices).find(([, matrix]) =>
    matrix.every((value, k) => value === product[k]),
  );
  if (!found) throw new Error("orientations form a group");
  return Number(found[0]) as Orientation;
}
