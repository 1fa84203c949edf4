import type { Bitmap } from "./bitmap.ts";
import { bytesAt, type Workspace } from "./workspace.ts";

/**
 * Makes each square of `side` pixels one colour, the mean of what is seen in it. Squares are laid from the
 * top left corner; those at the right and lower edge may be cut.
 */
export function pixelate(workspace: Workspace, bitmap: Bitmap, side: number): void {
  const { width, height, pointer, stride } = bitmap;
  const rgba = bytesAt(workspace, pointer, stride * height);
  for (let top = 0; top < height; top += side) {
    const bottom = Math.min(top + side, height);
    for (let left = 0; left < width; left += side) {
      const columns = Math.min(side, width - left);
      const colour = meanColour(rgba, stride, { left, top, right: left + columns, bottom });
      for (let y = top; y < bottom; y++) {
        workspace.kernels.fill(pointer + y * stride + left * 4, columns, colour);
      }
    }
  }
}

interface Square {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A colour counts by its alpha. Red is the lowest byte. */
function meanColour(
  rgba: Uint8Array,
  stride: number,
  { left, top, right, bottom }: Square,
): number {
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let y = top; y < bottom; y++) {
    const end = y * stride + right * 4;
    for (let at = y * stride + left * 4; at < end; at += 4) {
      const weight = rgba[at + 3] ?? 0;
      red += (rgba[at] ?? 0) * weight;
      green += (rgba[at + 1] ?? 0) * weight;
      blue += (rgba[at + 2] ?? 0) * weight;
      alpha += weight;
    }
  }
  // Where nothing is seen the sums are 0.
  const mean = (sum: number) => Math.round(sum / Math.max(alpha, 1));
  const meanAlpha = Math.round(alpha / ((right - left) * (bottom - top)));
  return mean(red) | (mean(green) << 8) | (mean(blue) << 16) | (meanAlpha << 24);
}
