import sharp from "sharp";
import { expect, test } from "vitest";
import { OutOfMemory } from "../../../../engine/codecs/icodec.ts";
import {
  LibwebpEncoder,
  type WebpOptions,
} from "../../../../engine/codecs/webp/libwebp-encoder.ts";
import { compile } from "../../../../engine/modules-node.ts";
import { noise, scene } from "../../pixels/fixtures.ts";
import { encode, newWebpEncoder } from "../codecs.ts";

const module = await compile("icodec/webp-enc.wasm");
const options = { quality: 80, method: 4, segments: 4, pass: 1 } as WebpOptions;
const MiB = 1024 * 1024;

test("a lossy file is libwebp's, byte for byte", async () => {
  const [width, height] = [203, 117];
  const rgba = scene(width, height);
  const file = encode(newWebpEncoder(), { width, height, rgba }, { quality: 80 });
  if (!file.ok) throw new Error(file.error.reason);
  const picture = sharp(rgba, { raw: { width, height, channels: 4 } }).removeAlpha();
  const theirs = await picture.webp({ quality: 80 }).toBuffer();
  expect(Buffer.compare(file.value, theirs)).toBe(0);
});

test("memory ends where it is told to", () => {
  const encoder = new LibwebpEncoder(module);
  const size = { width: 1200, height: 900 };
  const run = () =>
    encoder.encode(size, options, 22 * MiB, (rgba) => rgba.set(noise(size.width, size.height)));
  expect(run).toThrow(OutOfMemory);
  expect(encoder.memory.buffer.byteLength).toBeLessThanOrEqual(22 * MiB);
});

test("another module is not taken for it", async () => {
  const other = await compile("icodec/webp-dec.wasm");
  expect(() => new LibwebpEncoder(other)).toThrow();
});
