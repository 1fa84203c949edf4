import sharp, { type Sharp } from "sharp";
import type { PictureFormat } from "../core/image/formats.ts";
import { renderScene, type Scene } from "../scripts/scene/scene.ts";

/** A picture to render: made in code, the same bytes each time, kept only in memory. */
export interface Source {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly encode: (scene: Sharp) => Promise<Uint8Array>;
  readonly outputs: readonly Output[];
}

export interface Output {
  readonly width: number;
  readonly format: PictureFormat;
  /** 1–100 */
  readonly quality: number;
}

const camera = { width: 4000, height: 3000 };
const fullFrame = { width: 8688, height: 5792 };
const web = { width: 1600, height: 1200 };

// sharp's own defaults.
const toJpeg = (width: number): Output => ({ width, format: "jpeg", quality: 80 });
const toWebp = (width: number): Output => ({ width, format: "webp", quality: 80 });
const toAvif = (width: number): Output => ({ width, format: "avif", quality: 50 });
/** Lossless, so that its PSNR depends on decoder and resampler alone. */
const toPng = (width: number): Output => ({ width, format: "png", quality: 80 });

const all = [800, 320].flatMap((width) => [toJpeg(width), toWebp(width), toAvif(width)]);
const most = [toJpeg(800), toWebp(800), toAvif(800), toJpeg(320)];

/** Those of one size follow one another, since only the latest scene is kept. */
export const sources: readonly Source[] = [
  {
    name: "jpeg-256kb",
    ...web,
    encode: jpegOf(256 * 1024),
    outputs: [...all, toJpeg(1000), toPng(800)],
  },
  { name: "png-2mp", ...web, encode: asPng, outputs: all },
  { name: "webp-2mp", ...web, encode: asWebp, outputs: all },
  { name: "avif-2mp", ...web, encode: asAvif, outputs: [toJpeg(800), toWebp(800), toAvif(800)] },
  { name: "jpeg-12mp-1mb", ...camera, encode: jpegOf(1e6), outputs: [...all, toPng(800)] },
  { name: "jpeg-12mp-5mb", ...camera, encode: jpegOf(5e6), outputs: all },
  { name: "jpeg-12mp-progressive", ...camera, encode: asProgressive, outputs: most },
  { name: "png-12mp", ...camera, encode: asPng, outputs: most },
  { name: "avif-12mp", ...camera, encode: asAvif, outputs: [toJpeg(800)] },
  { name: "jpeg-24mp", width: 6000, height: 4000, encode: asJpeg, outputs: most },
  { name: "jpeg-50mp", ...fullFrame, encode: asJpeg, outputs: most },
  {
    name: "jpeg-50mp-progressive",
    ...fullFrame,
    encode: asProgressive,
    outputs: [toJpeg(1086), toJpeg(2000)],
  },
];

export async function makeSource(source: Source): Promise<Uint8Array<ArrayBuffer>> {
  const { rgba, width, height } = sceneOf(source);
  const scene = sharp(rgba, { raw: { width, height, channels: 4 } }).removeAlpha();
  return new Uint8Array(await source.encode(scene));
}

let latest: Scene | undefined;

function sceneOf({ width, height }: Source): Scene {
  if (latest?.width === width && latest.height === height) return latest;
  return (latest = renderScene({ width, height, seed: 3 }));
}

function asJpeg(scene: Sharp): Promise<Uint8Array> {
  return scene.jpeg({ quality: 85 }).toBuffer();
}

function asProgressive(scene: Sharp): Promise<Uint8Array> {
  return scene.jpeg({ quality: 85, progressive: true }).toBuffer();
}

function asPng(scene: Sharp): Promise<Uint8Array> {
  return scene.png().toBuffer();
}

function asWebp(scene: Sharp): Promise<Uint8Array> {
  return scene.webp({ quality: 80 }).toBuffer();
}

/** 4:2:0, as cameras and the web have it. */
function asAvif(scene: Sharp): Promise<Uint8Array> {
  return scene.avif({ quality: 60, effort: 0, chromaSubsampling: "4:2:0" }).toBuffer();
}

/** The JPEG of the quality that comes nearest to `bytes`. */
function jpegOf(bytes: number): (scene: Sharp) => Promise<Uint8Array> {
  return async (scene) => {
    let nearest: Uint8Array = new Uint8Array();
    for (let low = 1, high = 100; low <= high;) {
      const quality = Math.floor((low + high) / 2);
      const jpeg = await scene.clone().jpeg({ quality }).toBuffer();
      if (Math.abs(jpeg.length - bytes) < Math.abs(nearest.length - bytes)) nearest = jpeg;
      if (jpeg.length < bytes) low = quality + 1;
      else high = quality - 1;
    }
    return nearest;
  };
}
