import type { FocalPoint } from "../../core/transform/values.ts";
import type { Pixels } from "../pixels/bitmap.ts";

/**
 * Where to crop so that what draws the eye stays in view: the focal point that lets the layout place a
 * window of `cut` (its sides as fractions of the picture's) over the most interest. Meant for a picture
 * of about a hundred pixels a side: more would only see more texture. Equal windows: the one nearest the
 * middle, so a picture without any interest is cropped in the centre.
 */
export function focusOf(
  picture: Pixels,
  cut: { readonly width: number; readonly height: number },
): FocalPoint {
  const interest = integrate(interestOf(picture), picture);
  const across = windowsAlong(picture.width, cut.width);
  const down = windowsAlong(picture.height, cut.height);
  let best = { score: -1, x: 0, y: 0 };
  for (const y of down.starts) {
    for (const x of across.starts) {
      const area = { x, y, width: across.length, height: down.length };
      const bias = (eccentricity(x, across) + eccentricity(y, down)) * CENTRE_BIAS;
      const score = scoreOf(interest, area) * (1 - bias);
      if (score > best.score) best = { score, x, y };
    }
  }
  return { x: focusAlong(best.x, across), y: focusAlong(best.y, down) };
}

/** Sums over every rectangle that begins at the top left corner. */
interface Integral {
  readonly sums: Float64Array;
  /** One more than the picture has columns. */
  readonly stride: number;
}

interface Windows {
  /** Of each window, in pixels. */
  readonly length: number;
  /** Pixels that no window covers: the last start. */
  readonly free: number;
  /** From the middle outwards, so that the first of equals is the one to take. */
  readonly starts: readonly number[];
  /** `length` before it was rounded, as a fraction of the picture. */
  readonly share: number;
}

/** What a window loses along one axis at the very edge: enough to settle what is nearly equal. */
const CENTRE_BIAS = 0.05;
/** How much more the middle half of a window counts: what draws the eye should not touch its edge. */
const MIDDLE_WEIGHT = 0.5;
/** Luma steps above this are one sharp edge, be it print or a silhouette. */
const EDGE_MAX = 96;
/** People look at people: worth a clear edge in every pixel. */
const SKIN_INTEREST = 40;
/** What is visible at all, against what is transparent. */
const PRESENCE = 4;

/** The free length is even, so that one window lies exactly in the middle. */
function windowsAlong(side: number, asked: number): Windows {
  const share = Math.min(asked, 1);
  const free = 2 * Math.floor((side * (1 - share)) / 2);
  const starts = Array.from({ length: free + 1 }, (_, index) => {
    const steps = Math.ceil(index / 2);
    return free / 2 + (index % 2 === 0 ? steps : -steps);
  });
  return { length: side - free, free, starts, share };
}

/** 0 in the middle, 1 at either edge. */
function eccentricity(start: number, { free }: Windows): number {
  return free === 0 ? 0 : Math.abs((2 * start) / free - 1);
}

/** The first window lies flush with the picture's edge, and so does the last, however sizes are rounded. */
function focusAlong(start: number, { free, share }: Windows): number {
  return free === 0 ? 0.5 : 0.5 + (1 - share) * (start / free - 0.5);
}

interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function scoreOf(interest: Integral, window: Window): number {
  const { x, y, width, height } = window;
  const marginX = Math.floor(width / 4);
  const marginY = Math.floor(height / 4);
  const middle = {
    x: x + marginX,
    y: y + marginY,
    width: width - 2 * marginX,
    height: height - 2 * marginY,
  };
  return sumOf(interest, window) + MIDDLE_WEIGHT * sumOf(interest, middle);
}

function sumOf({ sums, stride }: Integral, { x, y, width, height }: Window): number {
  const at = (column: number, row: number) => sums[row * stride + column] ?? 0;
  const right = x + width;
  const bottom = y + height;
  return at(right, bottom) - at(x, bottom) - at(right, y) + at(x, y);
}

function integrate(values: Float64Array, { width, height }: Pixels): Integral {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += values[y * width + x] ?? 0;
      sums[(y + 1) * stride + x + 1] = row + (sums[y * stride + x + 1] ?? 0);
    }
  }
  return { sums, stride };
}

/** Planes of BT.601 as JPEG has them, chroma around 0; alpha 0–1. */
interface Planes {
  readonly luma: Float64Array;
  readonly cb: Float64Array;
  readonly cr: Float64Array;
  readonly alpha: Float64Array;
}

/**
 * What draws the eye, for each pixel: edges, colours unlike the rest of the picture, skin. Whole numbers,
 * so that sums are exact and equal windows are seen to be equal. What is transparent counts nothing,
 * whatever colour it hides.
 */
function interestOf(picture: Pixels): Float64Array {
  const { width } = picture;
  const { luma, cb, cr, alpha } = planesOf(picture);
  const ordinaryCb = meanOf(cb, alpha);
  const ordinaryCr = meanOf(cr, alpha);
  return luma.map((_, at) => {
    const before = at % width === 0 ? at : at - 1;
    const above = at < width ? at : at - width;
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

/** Chai and Ngan's bounds (IEEE TCSVT 9(4), 1999), which hold for light and dark skin; too dark is no hue. */
function isSkin(luma: number, cb: number, cr: number): boolean {
  return luma > 40 && cb >= -51 && cb <= -1 && cr >= 5 && cr <= 45;
}

function planesOf({ width, height, rgba }: Pixels): Planes {
  const plane = () => new Float64Array(width * height);
  const planes = { luma: plane(), cb: plane(), cr: plane(), alpha: plane() };
  for (let index = 0; index < width * height; index++) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(index * 4, index * 4 + 4);
    const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    planes.luma[index] = luma;
    planes.cb[index] = (blue - luma) * 0.564;
    planes.cr[index] = (red - luma) * 0.713;
    planes.alpha[index] = alpha / 255;
  }
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
