import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { renderScene } from "../../scripts/scene/scene.ts";

export interface CalibrationSource {
  readonly name: string;
  readonly file: Uint8Array;
}

/** Pictures of every format from a thumbnail to a camera's. */
export async function* makeSources(): AsyncGenerator<CalibrationSource> {
  for (const [width, height] of sizes) {
    const { rgba } = renderScene({ width, height, seed: 11 });
    const scene = () => sharp(rgba, { raw: { width, height, channels: 4 } }).removeAlpha();
    for (const { name, pixelsMax, encode } of recipes) {
      if (width * height > pixelsMax) continue;
      const file = new Uint8Array(await encode(scene()).toBuffer());
      yield { name: `${name} ${width}x${height}`, file };
    }
  }
}

/** What is drawn over others: a mark and a large picture, half clear. */
export const makeOverlays = (): Promise<readonly Uint8Array[]> =>
  Promise.all(
    overlaySizes.map(async ([width, height]) => {
      const { rgba } = renderScene({ width, height, seed: 12 });
      for (let at = 3; at < rgba.length; at += 4) rgba[at] = 128;
      const file = sharp(rgba, { raw: { width, height, channels: 4 } }).png();
      return new Uint8Array(await file.toBuffer());
    }),
  );

const overlaySizes = [
  [160, 80],
  [800, 400],
] as const;

/** The files below a folder that are neither tiny nor larger than a service would be sent. */
export async function* readSources(folder: string): AsyncGenerator<CalibrationSource> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => a.name.localeCompare(b.name))) {
    if (!entry.isFile()) continue;
    const file = await readFile(join(entry.parentPath, entry.name));
    if (file.length >= 10_000 && file.length <= 30e6) yield { name: entry.name, file };
  }
}

const sizes = [
  [480, 320],
  [1000, 750],
  [1600, 1200],
  [2400, 1600],
  [4000, 3000],
] as const;

interface Recipe {
  readonly name: string;
  /** Larger pictures of the kind are refused, or tell nothing new. */
  readonly pixelsMax: number;
  readonly encode: (scene: Sharp) => Sharp;
}

const recipes: readonly Recipe[] = [
  { name: "jpeg q70", pixelsMax: 13e6, encode: (scene) => scene.jpeg({ quality: 70 }) },
  { name: "jpeg q90", pixelsMax: 13e6, encode: (scene) => scene.jpeg({ quality: 90 }) },
  {
    name: "jpeg q85 4:4:4",
    pixelsMax: 4e6,
    encode: (scene) => scene.jpeg({ quality: 85, chromaSubsampling: "4:4:4" }),
  },
  {
    name: "jpeg progressive",
    pixelsMax: 13e6,
    encode: (scene) => scene.jpeg({ quality: 85, progressive: true }),
  },
  { name: "jpeg grey", pixelsMax: 4e6, encode: (scene) => scene.toColourspace("b-w").jpeg() },
  { name: "png", pixelsMax: 13e6, encode: (scene) => scene.png() },
  { name: "png palette", pixelsMax: 2e6, encode: (scene) => scene.png({ palette: true }) },
  { name: "webp", pixelsMax: 4e6, encode: (scene) => scene.webp({ quality: 80 }) },
  {
    name: "webp lossless",
    pixelsMax: 2e6,
    encode: (scene) => scene.webp({ lossless: true, effort: 0 }),
  },
  {
    name: "webp alpha",
    pixelsMax: 4e6,
    encode: (scene) => scene.ensureAlpha(0.5).webp({ quality: 80 }),
  },
  { name: "gif", pixelsMax: 2e6, encode: (scene) => scene.gif({ effort: 1 }) },
  { name: "avif", pixelsMax: 2e6, encode: (scene) => scene.avif({ effort: 0 }) },
  {
    name: "avif 4:2:0",
    pixelsMax: 13e6,
    encode: (scene) => scene.avif({ effort: 0, chromaSubsampling: "4:2:0" }),
  },
];
