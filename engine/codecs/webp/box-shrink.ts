import type { Pixels } from "../../pixels/bitmap.ts";

/**
 * Makes each pixel of `target` the mean of `factor` × `factor` of the picture's, or of what is left of
 * them at the right and at the bottom. Colours count as much as they are seen. `factor` is at most 16.
 */
export function boxShrink(
  { width, height, rgba }: Pixels,
  factor: number,
  target: Uint8Array,
): void {
  const columns = Math.ceil(width / factor);
  const sums = new Uint32Array(columns * 4);
  for (let top = 0, at = 0; top < height; top += factor) {
    const bottom = Math.min(top + factor, height);
    sums.fill(0);
    for (let y = top; y < bottom; y++) addRow(rgba, y * width * 4, width, factor, sums);
    for (let column = 0; column < columns; column++, at += 4) {
      const pixels = Math.min(factor, width - column * factor) * (bottom - top);
      writeMean(sums, column * 4, pixels, target, at);
    }
  }
}

function addRow(rgba: Uint8Array, from: number, width: number, factor: number, sums: Uint32Array) {
  let at = from;
  for (let left = 0, sum = 0; left < width; left += factor, sum += 4) {
    let [red, green, blue, opacity] = [0, 0, 0, 0];
    for (const end = at + 4 * Math.min(factor, width - left); at < end; at += 4) {
      const alpha = rgba[at + 3] ?? 0;
      red += (rgba[at] ?? 0) * alpha;
      green += (rgba[at + 1] ?? 0) * alpha;
      blue += (rgba[at + 2] ?? 0) * alpha;
      opacity += alpha;
    }
    sums[sum] = (sums[sum] ?? 0) + red;
    sums[sum + 1] = (sums[sum + 1] ?? 0) + green;
    sums[sum + 2] = (sums[sum + 2] ?? 0) + blue;
    sums[sum + 3] = (sums[sum + 3] ?? 0) + opacity;
  }
}

function writeMean(
  sums: Uint32Array,
  from: number,
  pixels: number,
  target: Uint8Array,
  at: number,
) {
  const opacity = sums[from + 3] ?? 0;
  for (let channel = 0; channel < 3; channel++) {
    const sum = sums[from + channel] ?? 0;
    target[at + channel] = opacity === 0 ? 0 : Math.round(sum / opacity);
  }
  target[at + 3] = Math.round(opacity / pixels);
}
