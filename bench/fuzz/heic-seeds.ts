import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { readItems } from "../../core/image/heif/items.ts";
import { ItemData } from "../../engine/codecs/avif/item-data.ts";
import { writeGridFile } from "../../engine/codecs/avif/grid-file.ts";
import { root } from "../../scripts/local/local-service.ts";
import type { SeedPicture } from "./seed-pictures.ts";

/** This project cannot write HEVC. The picture corpus, if it lies next to the project, has a small HEIC file here. */
export const heicSample = join(root, "../shared/corpus/pillow/other-format__hopper.heif");

/** The sample and its variants; none without the corpus. */
export async function readHeicSample(): Promise<readonly SeedPicture[]> {
  if (!existsSync(heicSample)) return [];
  return heicVariants({
    name: basename(heicSample),
    file: new Uint8Array(await readFile(heicSample)),
  });
}

/** A HEIC file, and what can be made of its coded picture: the same turned, and a grid of it. */
export function heicVariants({ name, file }: SeedPicture): readonly SeedPicture[] {
  const grid = heicGrid(file);
  // Few readers miss the box that only says how many bits each colour has.
  const turned = withText(file, "pixi\0", "irot\x01");
  return [
    { name, file },
    { name: `${name}, turned`, file: turned },
    ...(grid ? [{ name: `a grid of ${name}`, file: grid }] : []),
  ];
}

/** A grid of 2 × 2 of the file's one picture, which reach over its edges; undefined where there is no such picture. */
export function heicGrid(heic: Uint8Array): Uint8Array | undefined {
  const items = readItems(heic, "HEIC");
  if (!items.ok) return undefined;
  const { primary, propertiesOf, described } = items.value;
  const payloadOf = (wanted: string) =>
    propertiesOf(primary).find(({ type }) => type === wanted)?.payload;
  const configuration = payloadOf("hvcC");
  const colour = new ItemData(heic, described).of(primary);
  const extent = payloadOf("ispe");
  if (!configuration || !colour || !extent) return undefined;
  const sides = new DataView(extent.buffer, extent.byteOffset);
  const part = { width: sides.getUint32(4), height: sides.getUint32(8) };
  const tile = { configuration, colour, colours: payloadOf("colr"), alpha: undefined };
  const shape = { columns: 2, rows: 2, tile: part, halvesChroma: true };
  const size = { width: 2 * part.width - 6, height: 2 * part.height - 16 };
  // Written as AVIF, with the other coding's names.
  const avif = writeGridFile(shape, size, [tile, tile, tile, tile], undefined);
  return withText(withText(withText(avif, "avif", "heic"), "av1C", "hvcC"), "av01", "hvc1");
}

function withText(file: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(file).toString("latin1").replaceAll(from, to);
  return new Uint8Array(Buffer.from(text, "latin1"));
}
