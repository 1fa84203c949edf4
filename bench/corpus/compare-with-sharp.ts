import sharp from "sharp";
import { psnr, readRgba, type RgbaPicture } from "../rgba-picture.ts";
import type { Rendered } from "../thread/engine-thread.ts";

/** Below this two decoders show different pictures; rounding and chroma upsampling stay well above. */
const psnrMin = 35;

/**
 * How a rendition in PNG differs from sharp's of the same file and size; undefined where it does not,
 * or where sharp does not read the file without complaint.
 */
export async function compareWithSharp(
  source: Uint8Array,
  rendered: Rendered,
): Promise<string | undefined> {
  for (const { bytes, width, height } of rendered.renditions) {
    const reference = await referencePixels(source, { width, height });
    if (reference === undefined) continue;
    const decibels = psnr(await readRgba(sharp(bytes)), reference);
    if (decibels < psnrMin) return `${decibels.toFixed(1)} dB from sharp's pixels`;
  }
  return undefined;
}

async function referencePixels(
  source: Uint8Array,
  size: { readonly width: number; readonly height: number },
): Promise<RgbaPicture | undefined> {
  try {
    const upright = sharp(source).autoOrient();
    return await readRgba(upright.resize({ ...size, fit: "fill" }));
  } catch {
    return undefined;
  }
}
