import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { writeGridFile } from "../../engine/codecs/avif/grid-file.ts";
import { readTile } from "../../engine/codecs/avif/tile-file.ts";
import { renderScene } from "../../scripts/scene/scene.ts";

/** An intact picture to be damaged. */
export interface SeedPicture {
  readonly name: string;
  readonly file: Uint8Array;
}

/** Small pictures of every format and of everything about them that takes another way through a decoder. */
export async function makeSeedPictures(): Promise<readonly SeedPicture[]> {
  const encoded = Object.entries(recipes).map(async ([name, recipe]) => ({
    name,
    file: new Uint8Array(await recipe().toBuffer()),
  }));
  return [...(await Promise.all(encoded)), { name: "avif grid", file: await avifGrid() }];
}

/** The files below a folder, by name, so that a run can be repeated; large ones would make runs few. */
export async function readSeedPictures(folder: string): Promise<readonly SeedPicture[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !/\.(md|tsv|txt)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const pictures: SeedPicture[] = [];
  for (const path of paths) {
    const file = await readFile(path);
    if (file.length > 0 && file.length <= seedBytesMax) pictures.push({ name: path, file });
  }
  return pictures;
}

const seedBytesMax = 128 * 1024;

const width = 61;
const height = 45;
const { rgba } = renderScene({ width, height, seed: 5 });

const scene = () => sharp(rgba, { raw: { width, height, channels: 4 } }).removeAlpha();
const grey = () => scene().toColourspace("b-w");

function transparent(): Sharp {
  const fading = rgba.map((value, at) => (at % 4 === 3 ? (at / 4) % 256 : value));
  return sharp(fading, { raw: { width, height, channels: 4 } });
}

function animation(): Sharp {
  const negative = rgba.map((value, at) => (at % 4 === 3 ? value : 255 - value));
  const frames = Buffer.concat([rgba, negative, rgba]);
  return sharp(frames, { raw: { width, height: height * 3, channels: 4, pageHeight: height } });
}

/** Two tiles side by side, of the smallest size that the standard allows. */
async function avifGrid(): Promise<Uint8Array> {
  const tile = { width: 64, height: 64 };
  const options = { effort: 0, chromaSubsampling: "4:2:0" };
  const file = await scene()
    .resize({ ...tile, fit: "fill" })
    .avif(options)
    .toBuffer();
  const coded = readTile(new Uint8Array(file));
  const grid = { columns: 2, rows: 1, tile, halvesChroma: true };
  return writeGridFile(grid, { width: 100, height: 60 }, [coded, coded], undefined);
}

const recipes: Readonly<Record<string, () => Sharp>> = {
  jpeg: () => scene().jpeg(),
  "jpeg 4:4:4": () => scene().jpeg({ chromaSubsampling: "4:4:4" }),
  "jpeg own tables": () => scene().jpeg({ optimiseCoding: true, quantisationTable: 3 }),
  "jpeg progressive": () => scene().jpeg({ progressive: true }),
  "jpeg progressive 4:4:4": () => scene().jpeg({ progressive: true, chromaSubsampling: "4:4:4" }),
  "jpeg grey": () => grey().jpeg(),
  "jpeg cmyk": () => scene().toColourspace("cmyk").jpeg(),
  "jpeg cmyk progressive": () => scene().toColourspace("cmyk").jpeg({ progressive: true }),
  "jpeg turned": () => scene().withMetadata({ orientation: 6 }).jpeg(),
  "jpeg with profile": () => scene().withIccProfile("p3").jpeg(),
  png: () => scene().png(),
  "png alpha": () => transparent().png(),
  "png 16 bit": () => scene().toColourspace("rgb16").png(),
  "png grey": () => grey().png(),
  "png palette": () => scene().png({ palette: true }),
  "png palette of 4": () => scene().png({ palette: true, colours: 4 }),
  "png palette of 2": () => grey().threshold().png({ palette: true, colours: 2 }),
  "png palette with alpha": () => transparent().png({ palette: true }),
  "png interlaced": () => scene().png({ progressive: true }),
  "png interlaced palette": () => scene().png({ progressive: true, palette: true, colours: 16 }),
  "png with profile": () => scene().withIccProfile("p3").png(),
  webp: () => scene().webp(),
  "webp alpha": () => transparent().webp(),
  "webp lossless": () => scene().webp({ lossless: true }),
  "webp lossless alpha": () => transparent().webp({ lossless: true }),
  "webp turned, with profile": () =>
    scene().withMetadata({ orientation: 6 }).withIccProfile("p3").webp(),
  "webp animated": () => animation().webp({ delay: [90, 90, 90] }),
  gif: () => scene().gif(),
  "gif animated": () => animation().gif({ delay: [90, 90, 90] }),
  "gif transparent": () => transparent().gif({ colours: 16 }),
  avif: () => scene().avif({ effort: 0 }),
  "avif alpha": () => transparent().avif({ effort: 0 }),
  "avif 10 bit": () => scene().avif({ effort: 0, bitdepth: 10 }),
  "avif 4:2:0": () => scene().avif({ effort: 0, chromaSubsampling: "4:2:0" }),
};
