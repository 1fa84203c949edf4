import { samplePsnr } from "../../bench/rgba-picture.ts";
import { premultiplied } from "./pixels/fixtures.ts";
import { renderTransform } from "../../bench/render-transform.ts";
import sharp, { type Sharp } from "sharp";
import type { Orientation } from "../../core/image/header.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";

/** Raw RGBA or RGB samples with what sharp needs to read them. */
export interface Samples {
  readonly data: Uint8Array;
  readonly info: { readonly width: number; readonly height: number; readonly channels: 3 | 4 };
}

/**
 * A picture with the statistics of a photograph: a graded sky, a jagged horizon, texture that is finer
 * near the ground, and no two quarters alike, so that a wrong turn or crop shows. Seeded by position.
 */
export function scene(width: number, height: number): Samples {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / width, y / height];
      const horizon = 0.45 + 0.08 * Math.sin(9 * u) + 0.03 * Math.sin(31 * u + 2);
      const grain = ((Math.imul(x * 7919 + y * 104_729, 2_654_435_761) >>> 24) - 128) / 16;
      const texture = 22 * Math.sin(40 * u + 60 * v * v) * Math.cos(25 * v - 14 * u);
      const [r, g, b] =
        v < horizon ? [90 + 90 * v, 140 + 70 * v, 235 - 60 * u] : [150 - 80 * u, 110 - 40 * v, 50];
      const light = v < horizon ? grain / 2 : grain + texture;
      data[at++] = clamp(r + light);
      data[at++] = clamp(g + light);
      data[at++] = clamp(b + light / 2);
    }
  }
  return { data, info: { width, height, channels: 3 } };
}

/** The scene with an alpha that falls from opaque to nothing, and bright red hidden where it is nothing. */
export function fadingScene(width: number, height: number): Samples {
  const { data: opaque } = scene(width, height);
  const data = new Uint8Array(4 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const u = (pixel % width) / width;
    const alpha = clamp(255 * Math.min(1, Math.max(0, 1.4 - 1.8 * u)));
    const colour = alpha === 0 ? [255, 0, 0] : opaque.subarray(3 * pixel, 3 * pixel + 3);
    data.set([...colour, alpha], 4 * pixel);
  }
  return { data, info: { width, height, channels: 4 } };
}

export const read = ({ data, info }: Samples) => sharp(data, { raw: info });

/** A file as bytes on their own buffer. */
export const file = async (picture: Sharp) => new Uint8Array(await picture.toBuffer());

/** A lossless file that says it is to be seen turned. */
export const turnedFile = (samples: Samples, orientation: Orientation) =>
  file(read(samples).withMetadata({ orientation }).png({ compressionLevel: 1 }));

/** The samples of an encoded picture, upright and with alpha. */
export async function decode(bytes: Uint8Array): Promise<Samples> {
  const { data, info } = await sharp(bytes, { pages: 1 })
    .autoOrient()
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), info: { ...info, channels: 4 } };
}

/** Peak signal to noise ratio of two pictures as they show, in decibels; Infinity where they are equal. */
export function psnr(one: Samples, other: Samples): number {
  if (one.info.width !== other.info.width || one.info.height !== other.info.height) {
    throw new Error(
      `Sizes differ: ${one.info.width} × ${one.info.height} and ${other.info.width} × ${other.info.height}`,
    );
  }
  return samplePsnr(premultiplied(one.data), premultiplied(other.data));
}

const unasked = renderTransform("format=png");

/** What the grammar makes of no options at all, and then what the case is about. */
export const transform = (options: Partial<RenderTransform> = {}): RenderTransform => ({
  ...unasked,
  ...options,
});

const clamp = (value: number) => Math.round(Math.min(Math.max(value, 0), 255));
