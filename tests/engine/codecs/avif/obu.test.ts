import sharp, { type AvifOptions } from "sharp";
import { expect, test } from "vitest";
import { readStill } from "../../../../engine/codecs/avif/obu.ts";
import { scene } from "../../pixels/fixtures.ts";

async function dataOf(options: AvifOptions): Promise<Uint8Array> {
  const raw = { width: 100, height: 70, channels: 4 } as const;
  const picture = sharp(scene(100, 70), { raw }).removeAlpha();
  const file = await picture.avif({ effort: 0, ...options }).toBuffer();
  return new Uint8Array(file.subarray(file.indexOf("mdat") + 4));
}

test.each<[AvifOptions, object]>([
  [{ chromaSubsampling: "4:2:0" }, { bitDepth: 8, layout: "4:2:0" }],
  [{ chromaSubsampling: "4:4:4" }, { bitDepth: 8, layout: "4:4:4" }],
  [
    { chromaSubsampling: "4:2:0", bitdepth: 10 },
    { bitDepth: 10, layout: "4:2:0" },
  ],
  [
    { chromaSubsampling: "4:4:4", bitdepth: 12 },
    { bitDepth: 12, layout: "4:4:4" },
  ],
])("the sequence header of %o is read", async (options, expected) => {
  const still = readStill(await dataOf(options));
  expect(still?.sequence).toMatchObject({ width: 100, height: 70, matrix: 6, fullRange: true });
  expect(still?.sequence).toMatchObject(expected);
});
