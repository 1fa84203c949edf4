import type { Raster } from "./raster.ts";

/**
 * Gaussian blur whose standard deviation is `radius` (as in CSS `blur()`), on premultiplied pixels.
 * Beyond the edge the picture goes on with its edge pixels.
 *
 * Three box filters in a row come close to the Gaussian at a cost that does not grow with the radius.
 * A box's ends may be fractions of a pixel (P. Gwosdek et al., "Theoretical Foundations of Gaussian
 * Convolution by Extended Box Filtering", SSVM 2011), so that every radius is met exactly.
 */
export function blurred(raster: Raster, radius: number): Raster {
  const { width, height } = raster;
  const data = raster.data.slice();
  const box = boxOf(radius);
  const line = new Float64Array(Math.max(width, height));
  const spare = new Float64Array(line.length);

  const blurLine = (start: number, step: number, length: number) => {
    for (let i = 0, at = start; i < length; i++, at += step) line[i] = data[at] ?? 0;
    boxFilter(line, spare, length, box);
    boxFilter(spare, line, length, box);
    boxFilter(line, spare, length, box);
    for (let i = 0, at = start; i < length; i++, at += step) data[at] = Math.round(spare[i] ?? 0);
  };
  for (let channel = 0; channel < 4; channel++) {
    for (let y = 0; y < height; y++) blurLine(4 * y * width + channel, 4, width);
    for (let x = 0; x < width; x++) blurLine(4 * x + channel, 4 * width, height);
  }
  return { data, width, height };
}

/**
 * Adds a third of `strength` times the difference between a pixel and the mean of its eight
 * neighbours, on premultiplied pixels: at 1 the mild sharpening of libvips and sharp.
 */
export function sharpened(raster: Raster, strength: number): Raster {
  const { data: from, width, height } = raster;
  const to = new Uint8Array(from.length);
  const gain = strength / 3;
  for (let y = 0; y < height; y++) {
    const above = 4 * width * Math.max(y - 1, 0);
    const here = 4 * width * y;
    const below = 4 * width * Math.min(y + 1, height - 1);
    for (let x = 0; x < width; x++) {
      const left = 4 * Math.max(x - 1, 0);
      const centre = 4 * x;
      const right = 4 * Math.min(x + 1, width - 1);
      for (let channel = 0; channel < 4; channel++) {
        const at = (row: number, column: number) => from[row + column + channel] ?? 0;
        const value = at(here, centre);
        const around =
          at(above, left) +
          at(above, centre) +
          at(above, right) +
          at(here, left) +
          at(here, right) +
          at(below, left) +
          at(below, centre) +
          at(below, right);
        const sharp = Math.round(value + gain * (value - around / 8));
        to[here + centre + channel] = Math.min(Math.max(sharp, 0), 255);
      }
    }
  }
  return { data: to, width, height };
}

/** `reach` whole pixels to either side of the centre, and `edge` of one more. */
interface Box {
  readonly reach: number;
  readonly edge: number;
}

/** The box whose variance is a third of `deviation` squared (equations 12 and 16 of the paper). */
function boxOf(deviation: number): Box {
  const variance = deviation ** 2 / 3;
  const reach = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2);
  const width = 2 * reach + 1;
  const edge = (width * (reach * (reach + 1) - 3 * variance)) / (6 * (variance - (reach + 1) ** 2));
  return { reach, edge };
}

function boxFilter(
  from: Float64Array,
  to: Float64Array,
  length: number,
  { reach, edge }: Box,
): void {
  const at = (index: number) => from[Math.min(Math.max(index, 0), length - 1)] ?? 0;
  const weight = 1 / (2 * reach + 1 + 2 * edge);
  let sum = 0;
  for (let index = -reach; index <= reach; index++) sum += at(index);
  for (let index = 0; index < length; index++) {
    const before = at(index - reach - 1);
    const after = at(index + reach + 1);
    to[index] = weight * (sum + edge * (before + after));
    sum += after - at(index - reach);
  }
}
