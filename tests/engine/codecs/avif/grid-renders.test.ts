import sharp from "sharp";
import { expect, test } from "vitest";
import { gridOf } from "../../../../core/image/avif/grid.ts";
import { formats } from "../../../../core/image/formats.ts";
import { probe } from "../../../../core/image/probe.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { scene } from "../../pixels/fixtures.ts";
import { decoded, encode, newAvifDecoder, newAvifEncoder, outcome } from "../codecs.ts";

const asRgba = async (file: Uint8Array) =>
  new Uint8Array(await sharp(file).ensureAlpha().raw().toBuffer());

function infoOfFile(file: Uint8Array) {
  const answer = probe(file, true);
  if (answer.kind !== "image") throw new Error(answer.kind);
  return answer.info;
}

test("a rendition above 2 MP is a grid that others read, in the memory of a tile, and without seams", async () => {
  const size = { width: 1442, height: 1400 };
  const rgba = scene(size.width, size.height);
  const encoder = newAvifEncoder();
  const file = encode(encoder, { ...size, rgba }, { quality: 20 });
  if (!file.ok) throw new Error(file.error.reason);
  const grid = gridOf(size);
  if (!grid) throw new Error("no grid");

  const theirs = await asRgba(file.value);
  expect(samplePsnr(theirs, rgba)).toBeGreaterThan(28);
  const info = infoOfFile(file.value);
  expect(info).toMatchObject({ ...size, hasAlpha: false, samplesPerPixel: 1.5 });
  expect(info.partPixels).toBe(grid.tile.width * grid.tile.height);
  const ours = decoded(newAvifDecoder(), file.value, { info, asPixels: false });
  expect(samplePsnr(ours.rgba, theirs)).toBeGreaterThan(34);
  const planned = formats.avif.output.memory({ ...size, hasAlpha: false, lossless: false });
  expect(encoder.wasmBytes).toBeLessThanOrEqual(planned.wasm);
  expect(planned.wasm).toBeLessThan(44 * 2 ** 20);

  // The step across a border of tiles may be little more than across one of AV1's own blocks.
  const seam = meanStepError(theirs, rgba, size.width, (x) => x % grid.tile.width === 0);
  const block = meanStepError(theirs, rgba, size.width, (x) => x % 64 === 0);
  expect(seam).toBeLessThan(block + 4);

  const missing = file.value.slice();
  const references = Buffer.from(missing.buffer).indexOf("dimg");
  missing[references + 7] = (missing[references + 7] ?? 0) - 1;
  expect(outcome(newAvifDecoder(), missing, info, false)).toBe("corrupt_image");
}, 60_000);

/** How far the difference of neighbours is from what it was, at columns that are chosen. */
function meanStepError(
  after: Uint8Array,
  before: Uint8Array,
  width: number,
  isChosen: (x: number) => boolean,
): number {
  let sum = 0;
  let count = 0;
  for (let at = 4; at < after.length; at += 4) {
    const x = (at / 4) % width;
    if (x === 0 || !isChosen(x)) continue;
    const step = (pixels: Uint8Array) => (pixels[at + 1] ?? 0) - (pixels[at - 3] ?? 0);
    sum += Math.abs(step(after) - step(before));
    count++;
  }
  return sum / count;
}

test("a grid keeps transparency and a profile, and odd sides", async () => {
  const size = { width: 1501, height: 1345 };
  const rgba = scene(size.width, size.height, true);
  // One tile without a transparent pixel.
  for (let y = 0; y < 700; y++) {
    for (let x = 0; x < 800; x++) rgba[4 * (y * size.width + x) + 3] = 255;
  }
  const profile = await sharp(Buffer.alloc(3), { raw: { width: 1, height: 1, channels: 3 } })
    .withIccProfile("p3")
    .png()
    .toBuffer();
  const { icc } = await sharp(profile).metadata();
  if (!icc) throw new Error("no profile");
  const file = encode(newAvifEncoder(), { ...size, rgba }, { quality: 60, icc });
  if (!file.ok) throw new Error(file.error.reason);
  const meta = await sharp(file.value).metadata();
  expect(meta).toMatchObject({ ...size, hasAlpha: true });
  expect(meta.icc).toEqual(icc);
  const theirs = await sharp(file.value).raw().toBuffer();
  const alpha = (pixels: Uint8Array) => pixels.filter((_, index) => index % 4 === 3);
  expect(samplePsnr(alpha(theirs), alpha(rgba))).toBeGreaterThan(28);
  expect(infoOfFile(file.value)).toMatchObject({ ...size, hasAlpha: true, samplesPerPixel: 3 });
}, 60_000);
