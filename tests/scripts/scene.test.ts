import sharp from "sharp";
import { expect, test } from "vitest";
import { distinctJpeg } from "../../scripts/scene/distinct-jpeg.ts";
import { renderScene } from "../../scripts/scene/scene.ts";
import { encodeJpeg } from "../../scripts/scene/scene-jpeg.ts";

const scene = renderScene({ width: 512, height: 384, seed: 7 });

test("the same seed and size give the same pixels", () => {
  const again = renderScene({ width: 512, height: 384, seed: 7 });
  expect(Buffer.compare(again.rgba, scene.rgba)).toBe(0);
});

test("another seed gives another landscape", () => {
  const other = renderScene({ width: 512, height: 384, seed: 8 });
  expect(meanDifference(scene.rgba, other.rgba)).toBeGreaterThan(10);
});

test("every pixel is drawn and opaque, at odd sizes too", () => {
  const { rgba } = renderScene({ width: 97, height: 61, seed: 3 });
  expect(rgba).toHaveLength(97 * 61 * 4);
  expect(rgba.every((value, index) => index % 4 !== 3 || value === 255)).toBe(true);
  const black = rgba.filter((value, index) => index % 4 !== 3 && value === 0).length;
  expect(black / (97 * 61 * 3)).toBeLessThan(0.05);
});

test("its statistics are a photograph's: contrast falls off slowly with scale", async () => {
  // In a 1/f spectrum every octave holds the same contrast; noise doubles from octave to octave,
  // a gradient or a test chart falls to nothing.
  const octaves = await Promise.all([1, 2, 4, 8].map((shrink) => neighbourContrast(shrink)));
  for (const [index, contrast] of octaves.slice(1).entries()) {
    const ratio = contrast / (octaves[index] ?? 0);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(1.8);
  }
});

test("its JPEG is one that other decoders read", async () => {
  const { data, info } = await sharp(encodeJpeg(scene, 90))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 512, height: 384 });
  expect(meanDifference(scene.rgba, data)).toBeLessThan(3);
});

test("a numbered copy differs in bytes and in no pixel", async () => {
  const jpeg = encodeJpeg(scene, 90);
  const [first, second] = [distinctJpeg(jpeg, 1), distinctJpeg(jpeg, 2)];
  expect(Buffer.compare(first, second)).not.toBe(0);
  const [pixels, copied] = await Promise.all(
    [jpeg, second].map((file) => sharp(file).raw().toBuffer()),
  );
  expect(Buffer.compare(pixels ?? Buffer.of(), copied ?? Buffer.of(1))).toBe(0);
});

/** Root mean square difference between neighbours, the picture shrunk by this factor first. */
async function neighbourContrast(shrink: number): Promise<number> {
  const width = 512 / shrink;
  const grey = await sharp(scene.rgba, { raw: { width: 512, height: 384, channels: 4 } })
    .removeAlpha()
    .greyscale()
    .resize(width, 384 / shrink, { kernel: "cubic" })
    .raw()
    .toBuffer();
  let squares = 0;
  for (let index = 1; index < grey.length; index++) {
    squares += index % width === 0 ? 0 : ((grey[index] ?? 0) - (grey[index - 1] ?? 0)) ** 2;
  }
  return Math.sqrt(squares / grey.length);
}

function meanDifference(left: Uint8Array, right: Uint8Array): number {
  let sum = 0;
  for (const [index, value] of left.entries()) sum += Math.abs(value - (right[index] ?? 0));
  return sum / left.length;
}
