import type { Rgba } from "../../core/transform/values.ts";
import { allocateBitmap, type Bitmap } from "./bitmap.ts";
import { filter, resize, type Axis, type Target } from "./resize.ts";
import { gaussianTaps } from "./taps.ts";
import { bytesAt, type Workspace } from "./workspace.ts";

/** All change the bitmap where it lies; where alpha may have changed, a new record of the bitmap is returned. */

/** Makes every pixel one colour. */
export function fill({ kernels }: Workspace, bitmap: Bitmap, colour: Rgba): Bitmap {
  const rgba = colour.r | (colour.g << 8) | (colour.b << 16) | (colour.a << 24);
  eachRow(bitmap, (row) => kernels.fill(row, bitmap.width, rgba));
  return { ...bitmap, opaque: colour.a === 255 };
}

/** Lays the picture over a background. */
export function flatten({ kernels }: Workspace, bitmap: Bitmap, background: Rgba): Bitmap {
  if (bitmap.opaque) return bitmap;
  const { r, g, b, a } = background;
  eachRow(bitmap, (row) => kernels.flatten(row, bitmap.width, r, g, b, a));
  return { ...bitmap, opaque: a === 255 };
}

/** Gaussian blur of standard deviation `sigma` pixels; beyond the edge the edge is repeated. */
export function blur(workspace: Workspace, bitmap: Bitmap, sigma: number): void {
  const factor = Math.floor(sigma / sigmaKept);
  if (factor < 2) return gaussian(workspace, bitmap, sigma, sigma);
  // What a wide blur leaves fits a small picture: the same result for a fraction of the work.
  const { opaque } = bitmap;
  const width = Math.ceil(bitmap.width / factor);
  const height = Math.ceil(bitmap.height / factor);
  const small = allocateBitmap(workspace, width, height, opaque);
  resize(workspace, bitmap, whole(bitmap), straightTarget(small));
  gaussian(workspace, small, (sigma * width) / bitmap.width, (sigma * height) / bitmap.height);
  resize(workspace, small, whole(small), straightTarget(bitmap));
  workspace.free(small.pointer);
}

/** Unsharp mask: `amount` times what a blur of `sigma` takes away is added. */
export function sharpen(workspace: Workspace, bitmap: Bitmap, sigma: number, amount: number): void {
  const soft = allocateBitmap(workspace, bitmap.width, bitmap.height, bitmap.opaque);
  resize(workspace, bitmap, whole(bitmap), straightTarget(soft));
  gaussian(workspace, soft, sigma, sigma);
  const shift = soft.pointer;
  let y = 0;
  eachRow(bitmap, (row) => {
    workspace.kernels.sharpen(row, shift + y * soft.stride, bitmap.width, amount);
    y++;
  });
  workspace.free(soft.pointer);
}

export interface Tone {
  /** Factors; 1 changes nothing. Gamma above 1 lightens. */
  readonly brightness: number;
  readonly contrast: number;
  readonly gamma: number;
  readonly saturation: number;
}

/** Brightness, contrast and gamma by one table, then saturation. */
export function adjustTone(workspace: Workspace, bitmap: Bitmap, tone: Tone): void {
  const { kernels } = workspace;
  if (tone.brightness !== 1 || tone.contrast !== 1 || tone.gamma !== 1) {
    const table = workspace.allocate(256);
    bytesAt(workspace, table, 256).set(toneCurve(tone));
    eachRow(bitmap, (row) => kernels.lookUp(row, bitmap.width, table));
    workspace.free(table);
  }
  if (tone.saturation !== 1) saturate(workspace, bitmap, tone.saturation);
}

/** Multiplies each colour's distance from its grey; 0 leaves the grey. */
export function saturate({ kernels }: Workspace, bitmap: Bitmap, amount: number): void {
  eachRow(bitmap, (row) => kernels.saturate(row, bitmap.width, amount));
}

/** Blurs wider than twice this are made on a smaller picture: four pixels still sample the curve well. */
const sigmaKept = 4;

function gaussian(workspace: Workspace, bitmap: Bitmap, sigmaX: number, sigmaY: number): void {
  filter(workspace, bitmap, straightTarget(bitmap), {
    columns: gaussianAxis(bitmap.width, sigmaX),
    rows: gaussianAxis(bitmap.height, sigmaY),
  });
}

function gaussianAxis(length: number, sigma: number): Axis {
  return { from: 0, length, cell: 1, cells: length, taps: gaussianTaps(length, sigma) };
}

function straightTarget({ pointer, width, height, stride }: Bitmap): Target {
  return { pointer, pixelStride: 4, rowStride: stride, width, height };
}

function whole({ width, height }: Bitmap) {
  return { x: 0, y: 0, width, height };
}

function toneCurve({ brightness, contrast, gamma }: Tone): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: 256 }, (_, value) => {
    const contrasted = ((value / 255) * brightness - 0.5) * contrast + 0.5;
    return Math.max(0, contrasted) ** (1 / gamma) * 255;
  });
}

function eachRow(bitmap: Bitmap, work: (row: number) => void): void {
  for (let y = 0; y < bitmap.height; y++) work(bitmap.pointer + y * bitmap.stride);
}
