import sharp, { type Sharp } from "sharp";
import type { PictureFormat } from "../core/image/formats.ts";
import { readRgba, type RgbaPicture } from "./rgba-picture.ts";
import type { Output } from "./engine-sources.ts";

// One thread and nothing remembered: what one core does for a picture it has never seen.
sharp.concurrency(1);
sharp.cache(false);

/** What a user of sharp writes for this output: its own choice of shrink-on-load, kernel and encoder. */
export async function renderWithSharp(source: Uint8Array, output: Output): Promise<Uint8Array> {
  const encode = encoders[output.format];
  if (!encode) throw new Error(`sharp is not measured with ${output.format}`);
  return encode(sharp(source).resize(output.width), output.quality).toBuffer();
}

const encoders: Partial<Record<PictureFormat, (picture: Sharp, quality: number) => Sharp>> = {
  jpeg: (picture, quality) => picture.jpeg({ quality }),
  png: (picture) => picture.png(),
  webp: (picture, quality) => picture.webp({ quality }),
  // libaom's speed 9, which is the engine's; sharp's default of 4 is for pictures encoded once.
  avif: (picture, quality) => picture.avif({ quality, effort: 0 }),
};

/** The best sharp can do: every pixel decoded, then Lanczos3 over all of them. */
export async function bestPixels(source: Uint8Array, width: number): Promise<RgbaPicture> {
  const { data, info } = await sharp(source).raw().toBuffer({ resolveWithObject: true });
  const { width: fullWidth, height, channels } = info;
  const whole = sharp(data, {
    raw: { width: fullWidth, height, channels },
    limitInputPixels: false,
  });
  return readRgba(whole.resize(width, null, { kernel: "lanczos3" }));
}

export const decodePixels = (file: Uint8Array): Promise<RgbaPicture> => readRgba(sharp(file));
