import sharp from "sharp";
import { expect, test } from "vitest";
import { formats } from "../../../../core/image/formats.ts";
import { LibavifEncoder } from "../../../../engine/codecs/avif/libavif-encoder.ts";
import { OutOfMemory } from "../../../../engine/codecs/icodec.ts";
import { compile } from "../../../../engine/modules-node.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { noise, scene } from "../../pixels/fixtures.ts";
import { decoded, encode, infoOf, newAvifDecoder, newAvifEncoder, outcome } from "../codecs.ts";
import { plainOptions } from "./plain-options.ts";

const [width, height] = [320, 240];
const raw = { width, height, channels: 4 } as const;
const info = infoOf("avif", width, height);
const decoder = newAvifDecoder();

// libavif and libheif interpolate chroma differently.
test.each(["4:2:0", "4:4:4"])("decoding %s agrees with libvips", async (chromaSubsampling) => {
  const options = { quality: 70, effort: 0, chromaSubsampling };
  const avif = await sharp(scene(width, height), { raw }).removeAlpha().avif(options).toBuffer();
  const theirs = await sharp(avif).ensureAlpha().raw().toBuffer();
  const ours = decoded(decoder, avif, { info });
  expect(ours).toMatchObject({ width, height });
  expect(samplePsnr(ours.rgba, theirs)).toBeGreaterThan(38);
});

test("encoding is as good at its size as libvips' fastest", async () => {
  const rgba = scene(width, height);
  const ours = encode(newAvifEncoder(), { width, height, rgba }, { quality: 60 });
  if (!ours.ok) throw new Error(ours.error.reason);
  const options = { quality: 60, effort: 0, chromaSubsampling: "4:2:0" };
  const theirs = await sharp(rgba, { raw }).removeAlpha().avif(options).toBuffer();
  const quality = async (file: Uint8Array) =>
    samplePsnr(await sharp(file).ensureAlpha().raw().toBuffer(), rgba);
  expect(ours.value.length).toBeLessThan(theirs.length * 1.25);
  expect(await quality(ours.value)).toBeGreaterThan((await quality(theirs)) - 1.5);
});

test("alpha survives encoding", async () => {
  const rgba = scene(width, height, true);
  const file = encode(newAvifEncoder(), { width, height, rgba }, { quality: 80 });
  if (!file.ok) throw new Error(file.error.reason);
  const { data } = await sharp(file.value).raw().toBuffer({ resolveWithObject: true });
  const alpha = (pixels: Uint8Array) => pixels.filter((_, index) => index % 4 === 3);
  expect(samplePsnr(alpha(data), alpha(rgba))).toBeGreaterThan(30);
});

test("a file cut anywhere, or of another size than was probed, is refused", async () => {
  const avif = await sharp(scene(64, 64), { raw: { ...raw, width: 64, height: 64 } })
    .avif({ effort: 0 })
    .toBuffer();
  const small = infoOf("avif", 64, 64);
  for (let length = 1; length < avif.length; length += 37) {
    expect(outcome(decoder, avif.subarray(0, length), small), `${length}`).not.toBe("decoded");
  }
  expect(outcome(decoder, avif, infoOf("avif", 64, 63))).toBe("corrupt_image");
  expect(outcome(decoder, avif, small)).toBe("decoded");
});

test("memory is predicted, not exceeded", () => {
  const fresh = { decoder: newAvifDecoder(), encoder: newAvifEncoder() };
  const size = { width: 900, height: 700 };
  const file = encode(fresh.encoder, { ...size, rgba: scene(900, 700) }, { quality: 90 });
  if (!file.ok) throw new Error(file.error.reason);
  const large = infoOf("avif", 900, 700);
  decoded(fresh.decoder, file.value, { info: large });
  const encoding = formats.avif.output.memory({ ...size, hasAlpha: false, lossless: false });
  expect(fresh.encoder.wasmBytes).toBeLessThanOrEqual(encoding.wasm);
  const decoding = formats.avif.source.memory(large, 1, file.value.length);
  expect(fresh.decoder.wasmBytes).toBeLessThanOrEqual(decoding.wasm);
});

test("memory ends where it is told to", async () => {
  const encoder = new LibavifEncoder(await compile("icodec/avif-enc.wasm"));
  const size = { width: 1200, height: 900 };
  const run = () =>
    encoder.encode(size, plainOptions, 22 * 2 ** 20, (rgba) =>
      rgba.set(noise(size.width, size.height)),
    );
  expect(run).toThrow(OutOfMemory);
  expect(encoder.memory.buffer.byteLength).toBeLessThanOrEqual(22 * 2 ** 20);
});
