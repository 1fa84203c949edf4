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
  const meanError = (colourError + alphaError) / (a.width * a.height * channels);
  return meanError === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(255 ** 2 / meanError);
}
