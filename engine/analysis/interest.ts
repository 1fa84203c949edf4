import type { Pixels } from "../pixels/bitmap.ts";

/**
 * What draws the eye, for each pixel: edges, colours unlike the rest of the picture, skin. Whole numbers,
 * so that sums are exact and equal windows are seen to be equal. What is transparent counts nothing,
 * whatever colour it hides.
 */
export function interestOf(picture: Pixels): Float64Array {
  const { width } = picture;
  const { luma, cb, cr, alpha } = planesOf(picture);
  const ordinaryCb = meanOf(cb, alpha);
  const ordinaryCr = meanOf(cr, alpha);
  return luma.map((_, at) => {
    const before = at % width === 0 ? at : at - 1;
    // Above the first row nothing is opaque, and so no step seen.
    const above = at - width;
    const step = (other: number) => {
      const contrast = Math.abs((luma[at] ?? 0) - (luma[other] ?? 0));
      return contrast * Math.min(alpha[at] ?? 0, alpha[other] ?? 0);
    };
    const edge = Math.min(step(before) + step(above), EDGE_MAX);
    const blue = cb[at] ?? 0;
    const red = cr[at] ?? 0;
    const colour = Math.hypot(blue - ordinaryCb, red - ordinaryCr);
    const skin = isSkin(luma[at] ?? 0, blue, red) ? SKIN_INTEREST : 0;
    return Math.round(edge + (PRESENCE + colour + skin) * (alpha[at] ?? 0));
  });
}

/** Luma steps above this are one sharp edge, be it print or a silhouette. */
const EDGE_MAX = 96;
/** People look at people: worth a clear edge in every pixel. */
const SKIN_INTEREST = 40;
/** What is visible at all, against what is transparent. */
const PRESENCE = 4;

/**
 * Chai and Ngan's bounds (IEEE TCSVT 9(4), 1999), Cb from -51 to -1 and Cr from 5 to 45, which hold for light and dark
 * skin; too dark is no hue.
 */
function isSkin(luma: number, cb: number, cr: number): boolean {
  return luma > 40 && Math.abs(cb + 26) <= 25 && Math.abs(cr - 25) <= 20;
}

/** Planes of BT.601 as JPEG has them, chroma around 0; alpha 0–1. */
interface Planes {
  readonly luma: Float64Array;
  readonly cb: Float64Array;
  readonly cr: Float64Array;
  readonly alpha: Float64Array;
}

function planesOf({ width, height, rgba }: Pixels): Planes {
  const plane = () => new Float64Array(width * height);
  const planes = { luma: plane(), cb: plane(), cr: plane(), alpha: plane() };
  planes.luma.forEach((_, index) => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(index * 4, index * 4 + 4);
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    planes.luma[index] = luma;
    planes.cb[index] = (blue - luma) * 0.564;
    planes.cr[index] = (red - luma) * 0.713;
    planes.alpha[index] = alpha / 255;
  });
  return planes;
}

/** Weighted by alpha; 0 where all is transparent. */
function meanOf(plane: Float64Array, alpha: Float64Array): number {
  let sum = 0;
  let weight = 0;
  plane.forEach((value, at) => {
    sum += value * (alpha[at] ?? 0);
    weight += alpha[at] ?? 0;
  });
  return weight === 0 ? 0 : sum / weight;
}
