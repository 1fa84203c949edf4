import sharp from "sharp";
import { expect, test } from "vitest";
import {
  LibavifEncoder,
  type AvifOptions,
} from "../../../../engine/codecs/avif/libavif-encoder.ts";
import { OutOfMemory } from "../../../../engine/codecs/icodec.ts";
import { compile } from "../../../../engine/modules-node.ts";
import { noise, scene } from "../../pixels/fixtures.ts";
import { encode, newAvifEncoder } from "../codecs.ts";

const module = await compile("icodec/avif-enc.wasm");
const options: AvifOptions = {
  quality: 60,
  qualityAlpha: -1,
  tileRowsLog2: 0,
  tileColsLog2: 0,
  autoTiling: 0,
  speed: 9,
  chromaDeltaQ: 0,
  sharpness: 0,
  tune: 0,
  denoiseLevel: 0,
  subsample: 3,
  sharpYUV: 0,
  bitDepth: 8,
};
const MiB = 1024 * 1024;

test("a picture's file is the same whatever was encoded before", () => {
  const used = new LibavifEncoder(module);
  const encodeScene = (encoder: LibavifEncoder, width: number, height: number) =>
    encoder.encode({ width, height }, options, 64 * MiB, (rgba) => rgba.set(scene(width, height)));
  const first = encodeScene(used, 200, 150);
  encodeScene(used, 333, 65);
  expect(encodeScene(used, 200, 150)).toStrictEqual(first);
  expect(encodeScene(new LibavifEncoder(module), 200, 150)).toStrictEqual(first);
});

test("memory ends where it is told to", () => {
  const encoder = new LibavifEncoder(module);
  const size = { width: 1200, height: 900 };
  const run = () =>
    encoder.encode(size, options, 22 * MiB, (rgba) => rgba.set(noise(size.width, size.height)));
  expect(run).toThrow(OutOfMemory);
  expect(encoder.memory.buffer.byteLength).toBeLessThanOrEqual(22 * MiB);
});

test("what libavif refuses is said in its words", () => {
  const encoder = new LibavifEncoder(module);
  const run = () =>
    encoder.encode({ width: 8, height: 8 }, { ...options, bitDepth: 9 }, 64 * MiB, () => {});
  expect(run).toThrow(/\w+ \w+/u);
});

test("another module is not taken for it", async () => {
  const other = await compile("@jsquash/avif/codec/enc/avif_enc.wasm");
  expect(() => new LibavifEncoder(other)).toThrow("is not the version");
});

// libyuv's chroma is 63/64 of what a decoder expects; without a counterweight 200 of blue comes back as 197.
test.each([
  [50, 100, 200],
  [200, 100, 50],
  [128, 128, 128],
  [255, 255, 255],
])("the colour %i, %i, %i comes back", async (...colour) => {
  const [width, height] = [64, 64];
  const rgba = Uint8Array.from({ length: 4 * width * height }, (_, at) => colour[at % 4] ?? 255);
  const file = encode(newAvifEncoder(), { width, height, rgba }, { quality: 100 });
  if (!file.ok) throw new Error(file.error.reason);
  const shown = await sharp(file.value).removeAlpha().raw().toBuffer();
  const middle = 3 * (32 * width + 32);
  const differences = colour.map((value, at) => Math.abs((shown[middle + at] ?? 0) - value));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
});
