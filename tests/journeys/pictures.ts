import sharp from "sharp";
import { bytes, frameHeader, jpeg, png, pngHeader, scanHeader } from "../image/made-headers.ts";

/** A JPEG of noise: what no encoder makes small, so that its size follows from its pixels. */
export const noisyJpeg = async (width: number, height: number): Promise<Uint8Array> =>
  new Uint8Array(await noise(width, height).jpeg({ quality: 92 }).toBuffer());

export const noisyPng = async (width: number, height: number): Promise<Uint8Array> =>
  new Uint8Array(await noise(width, height).png().toBuffer());

/** All that the door looks at before it accepts: a header of this size and not a pixel. */
export const headerOnlyJpeg = (width: number, height: number): Uint8Array =>
  jpeg(frameHeader({ width, height }), scanHeader());

export const headerOnlyPng = (width: number, height: number): Uint8Array =>
  png(pngHeader({ width, height }), bytes(0, 0, 0, 10, "IDAT"));

function noise(width: number, height: number) {
  const gaussian = { type: "gaussian", mean: 128, sigma: 30 } as const;
  return sharp({ create: { width, height, channels: 3, background: "grey", noise: gaussian } });
}
