import sharp from "sharp";
import {
  bytes,
  frameHeader,
  jpeg,
  png,
  pngHeader,
  scanHeader,
} from "../core/image/made-headers.ts";

/** A JPEG of noise: what no encoder makes small, so that its size follows from its pixels. */
export async function noisyJpeg(width: number, height: number): Promise<Uint8Array> {
  const noise = { type: "gaussian", mean: 128, sigma: 30 } as const;
  const picture = sharp({ create: { width, height, channels: 3, background: "grey", noise } });
  return new Uint8Array(await picture.jpeg({ quality: 92 }).toBuffer());
}

/** All that the door looks at before it accepts: a header of this size and not a pixel. */
export const headerOnlyJpeg = (width: number, height: number): Uint8Array =>
  jpeg(frameHeader({ width, height }), scanHeader());

export const headerOnlyPng = (width: number, height: number): Uint8Array =>
  png(pngHeader({ width, height }), bytes(0, 0, 0, 10, "IDAT"));
