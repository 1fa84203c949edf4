import type { FocalPoint } from "../../core/transform/values.ts";
import type { Pixels } from "../pixels/bitmap.ts";
import { interestOf } from "./interest.ts";

/**
 * Where to crop so that what draws the eye stays in view: the focal point that lets the layout place a
 * window of `cut` (its sides as fractions of the picture's) over the most interest. Meant for a picture
 * of about a hundred pixels a side: more would only see more texture. Equal windows: the one nearest the
 * middle, so a picture without any interest is cropped in the centre; of two as near the upper or left one.
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
  /** Length of each window, in pixels. */
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
  const sum = (at: number) => sums[at] ?? 0;
  values.forEach((value, at) => {
    const end = (Math.floor(at / width) + 1) * stride + (at % width) + 1;
    sums[end] = value + sum(end - 1) + sum(end - stride) - sum(end - stride - 1);
  });
  return { sums, stride };
}
