import type { Sharp } from "sharp";

/** A decoded picture in sRGB: rows from the top, four bytes a pixel, alpha not premultiplied. */
export interface RgbaPicture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** Runs a pipeline of sharp to its pixels; rejects where sharp does not read the file. */
export async function readRgba(pipeline: Sharp): Promise<RgbaPicture> {
  const { data, info } = await pipeline
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgba: data };
}

/**
 * Peak signal to noise ratio in decibels of what is seen: colours weighted by alpha, and alpha itself
 * where either picture is not opaque. Infinity for equal pictures, 0 for pictures of different sizes.
 */
export function psnr(a: RgbaPicture, b: RgbaPicture): number {
  if (a.width !== b.width || a.height !== b.height) return 0;
  let colourError = 0;
  let alphaError = 0;
  let isOpaque = true;
  for (let at = 0; at < a.rgba.length; at += 4) {
    const alphaA = a.rgba[at + 3] as number;
    const alphaB = b.rgba[at + 3] as number;
    if (alphaA < 255 || alphaB < 255) isOpaque = false;
    alphaError += (alphaA - alphaB) ** 2;
    for (let channel = at; channel < at + 3; channel++) {
      const shownA = (a.rgba[channel] as number) * alphaA;
      const shownB = (b.rgba[channel] as number) * alphaB;
      colourError += ((shownA - shownB) / 255) ** 2;
    }
  }
  const channels = isOpaque ? 3 : 4;
  return decibels((colourError + alphaError) / (a.width * a.height * channels));
}

/** The same of samples that all count alike. */
export function samplePsnr(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} samples against ${b.length}`);
  let error = 0;
  for (let at = 0; at < a.length; at++) error += ((a[at] as number) - (b[at] as number)) ** 2;
  return decibels(error / a.length);
}

const decibels = (meanError: number): number =>
  meanError === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(255 ** 2 / meanError);
