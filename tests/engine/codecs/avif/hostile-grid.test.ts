import sharp from "sharp";
import { expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { writeGridFile } from "../../../../engine/codecs/avif/grid-file.ts";
import { readTile } from "../../../../engine/codecs/avif/tile-file.ts";
import { scene } from "../../pixels/fixtures.ts";
import { newAvifDecoder, outcome } from "../codecs.ts";

const tile = { width: 64, height: 64 };
const raw = { ...tile, channels: 4 } as const;
const options = { effort: 0, chromaSubsampling: "4:2:0" };
const shape = { columns: 2, rows: 1, tile, halvesChroma: true };
const picture = sharp(scene(64, 64), { raw }).removeAlpha().avif(options);
const file = new Uint8Array(await picture.toBuffer());
const grid = () => {
  const coded = readTile(file);
  return writeGridFile(shape, { width: 100, height: 60 }, [coded, coded], undefined);
};

/** The grid is item 1, its tiles are 2 and 3. Bytes are changed at so far behind the first letter of a box's name. */
function verdict(box: string, changes: readonly (readonly [at: number, value: number])[]) {
  const changed = grid();
  const start = Buffer.from(changed).indexOf(box);
  for (const [at, value] of changes) changed[start + at] = value;
  const answer = probe(changed, true);
  return answer.kind === "refused"
    ? answer.refusal.reason
    : outcome(newAvifDecoder(), changed, answer.info, false);
}

test.each([
  ["as it should be", "dimg", [], "decoded"],
  ["with one tile twice", "dimg", [[11, 2]], "decoded"],
  ["that is its own tile", "dimg", [[9, 1]], "corrupt_image"],
  [
    "that is both of its tiles",
    "dimg",
    [
      [9, 1],
      [11, 1],
    ],
    "corrupt_image",
  ],
  ["without a tile that it names", "dimg", [[11, 9]], "corrupt_image"],
  ["of fewer tiles than it names", "dimg", [[7, 1]], "corrupt_image"],
  [
    "of more tiles than there are",
    "idat",
    [
      [6, 255],
      [7, 255],
    ],
    "corrupt_image",
  ],
  [
    "of tiles one above the other, which overlap",
    "idat",
    [
      [6, 1],
      [7, 0],
    ],
    "corrupt_image",
  ],
  [
    "of grids",
    "av01",
    [
      [0, 0x67],
      [1, 0x72],
      [2, 0x69],
      [3, 0x64],
    ],
    "corrupt_image",
  ],
] as const)("a grid %s", (_, box, changes, expected) => {
  expect(verdict(box, changes)).toBe(expected);
});
