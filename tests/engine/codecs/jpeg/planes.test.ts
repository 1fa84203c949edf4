import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { DecodedPlanes } from "../../../../engine/codecs/codec.ts";
import { newRenderer } from "../../renderer.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import {
  decodeJpeg,
  decodeRequest,
  jpegPixels,
  newJpegDecoder,
  scene,
} from "../../pixels/fixtures.ts";
import { infoOf } from "../codecs.ts";
import { writeDcJpeg, type Sampling } from "./dc-jpeg.ts";

const shrinks = [1, 2, 4, 8];

/** Every sample of every plane. */
function samplesOf(file: Uint8Array, shrink = 1): Uint8Array[] {
  const decoded = decodeJpeg(file, shrink);
  if (!decoded.ok || decoded.value.samples !== "planes") throw new Error("no planes");
  return decoded.value.planes.map((_, index) => readPlane(decoded.value as DecodedPlanes, index));
}

function readPlane({ workspace, planes }: DecodedPlanes, index: number): Uint8Array {
  const plane = planes[index];
  if (!plane) throw new Error("no such plane");
  const { pointer, width, height, stride, ringRows } = plane;
  plane.ready(height - 1);
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const at = pointer + (y % ringRows) * stride;
    samples.set(new Uint8Array(workspace.memory.buffer, at, width), y * width);
  }
  return samples;
}

/** Grey noise; the higher `amplitude`, the fuller its blocks. */
function noise(width: number, height: number, amplitude: number): Uint8Array {
  let state = amplitude;
  return Uint8Array.from({ length: width * height }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return 128 + ((((state >> 16) & 255) - 128) * amplitude) / 128;
  });
}

test("grey blocks are libjpeg's, sample by sample, however full they are", async () => {
  const [width, height] = [104, 72];
  for (const amplitude of [1, 8, 30, 128]) {
    for (const quality of [40, 80, 95, 100]) {
      for (const optimiseCoding of [true, false]) {
        const raw = { width, height, channels: 1 } as const;
        const grey = sharp(noise(width, height, amplitude), { raw }).toColourspace("b-w");
        const file = await grey.jpeg({ quality, optimiseCoding }).toBuffer();
        const theirs = await sharp(file).toColourspace("b-w").raw().toBuffer();
        const label = `amplitude ${amplitude}, quality ${quality}`;
        expect(Buffer.compare(samplesOf(file)[0] ?? theirs.subarray(1), theirs), label).toBe(0);
      }
    }
  }
});

describe("the same coefficients give the same planes, in one scan and in many", () => {
  test.each(["4:2:0", "4:4:4"])("%s", async (chromaSubsampling) => {
    const raw = { width: 203, height: 117, channels: 4 } as const;
    for (const quality of [50, 85, 98]) {
      const picture = sharp(scene(203, 117), { raw }).removeAlpha();
      const make = (progressive: boolean) =>
        picture.clone().jpeg({ quality, chromaSubsampling, progressive }).toBuffer();
      const [one, many] = [await make(false), await make(true)];
      for (const shrink of shrinks) expect(samplesOf(many, shrink)).toEqual(samplesOf(one, shrink));
    }
  });
});

const samplings: Record<string, readonly Sampling[]> = {
  "4:4:4": [
    { h: 1, v: 1 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:2:2": [
    { h: 2, v: 1 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:4:0": [
    { h: 1, v: 2 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:2:0": [
    { h: 2, v: 2 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:1:1": [
    { h: 4, v: 1 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "4:1:0": [
    { h: 4, v: 2 },
    { h: 1, v: 1 },
    { h: 1, v: 1 },
  ],
  "red halved alone": [
    { h: 2, v: 2 },
    { h: 2, v: 2 },
    { h: 1, v: 1 },
  ],
  "luma halved": [
    { h: 1, v: 1 },
    { h: 2, v: 2 },
    { h: 2, v: 2 },
  ],
  grey: [{ h: 1, v: 1 }],
};

/** Gentle slopes, another for each component. */
const slopes = (component: number, x: number, y: number): number =>
  [300 * x - 200 * y, 200 * y - 120, 220 * x - 90][component] ?? 0;

describe("any sampling, with and without restart markers, is shown as libvips shows it", () => {
  const { renderOne } = newRenderer();
  test.each(Object.entries(samplings))("%s", async (_, components) => {
    // No side divides by an MCU.
    const size = { width: 203, height: 133, components };
    const plain = writeDcJpeg(size, slopes);
    const theirs = await sharp(plain).ensureAlpha().toColourspace("srgb").raw().toBuffer();
    expect(samplePsnr(jpegPixels(plain).rgba, theirs)).toBeGreaterThan(32);
    const sharpHalf = await sharp(plain).resize(90).ensureAlpha().raw().toBuffer();
    for (const restartInterval of [1, 3, 5]) {
      const marked = writeDcJpeg({ ...size, restartInterval }, slopes);
      for (const shrink of shrinks)
        expect(samplesOf(marked, shrink)).toEqual(samplesOf(plain, shrink));
    }
    for (const format of ["jpeg", "png"] as const) {
      const { rendition } = await renderOne(plain, { width: 90, format, quality: 95 });
      const ours = await sharp(rendition.bytes)
        .ensureAlpha()
        .toColourspace("srgb")
        .raw()
        .toBuffer();
      expect(samplePsnr(ours, sharpHalf)).toBeGreaterThan(30);
    }
  });
});

describe("what is asked for in part is the same part of the whole", () => {
  const [width, height] = [420, 330];
  const picture = sharp(scene(width, height), {
    raw: { width, height, channels: 4 },
  }).removeAlpha();
  test.each([false, true])("progressive: %s", async (progressive) => {
    const file = await picture.clone().jpeg({ progressive }).toBuffer();
    for (const shrink of shrinks) {
      const whole = samplesOf(file, shrink);
      const request = decodeRequest({ width, height }, { shrink });
      const window = { x: 133, y: 91, width: 140, height: 60 };
      const planes = { ...request.planes, ratio: 8, rowsAtOnce: 40, window };
      const info = infoOf("jpeg", width, height);
      const part = newJpegDecoder().decode(file, { ...request, planes }, info);
      if (!part.ok || part.value.samples !== "planes") throw new Error("no planes");
      const [luma] = part.value.planes;
      if (!luma) throw new Error("no luma");
      for (let y = Math.ceil(91 / shrink); y < Math.floor(151 / shrink); y++) {
        luma.ready(y);
        const at = luma.pointer + (y % luma.ringRows) * luma.stride;
        const row = new Uint8Array(part.value.workspace.memory.buffer, at, luma.width);
        const [from, end] = [Math.ceil(133 / shrink), Math.floor(273 / shrink)];
        const expected = whole[0]?.subarray(y * luma.width + from, y * luma.width + end);
        expect(row.subarray(from, end)).toEqual(expected);
      }
      part.value.finish();
    }
  });
});

describe("a rendition from rows that come and go is the one from all rows at once", () => {
  const { render, renderOne } = newRenderer();
  const [width, height] = [643, 421];
  const picture = sharp(scene(width, height), {
    raw: { width, height, channels: 4 },
  }).removeAlpha();
  test.each([300, 117, 50, 700])("%i wide", async (wanted) => {
    for (const progressive of [false, true]) {
      const file = await picture.clone().jpeg({ progressive }).toBuffer();
      const output = { width: wanted, format: "webp", quality: 60, fit: "contain" } as const;
      const alone = await renderOne(new Uint8Array(file), output);
      const twice = await render(new Uint8Array(file), output, output);
      expect(twice.renditions[1]?.bytes).toEqual(alone.rendition.bytes);
    }
  });
});

test("sides that do not divide lose no part of a pixel", async () => {
  const [width, height] = [1003, 777];
  const rgba = scene(width, height);
  const picture = sharp(rgba, { raw: { width, height, channels: 4 } }).removeAlpha();
  const { renderOne } = newRenderer();
  for (const chromaSubsampling of ["4:2:0", "4:4:4"]) {
    const file = await picture.clone().jpeg({ quality: 98, chromaSubsampling }).toBuffer();
    const { data } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
    for (const wanted of [640, 401, 199, 97]) {
      const best = await sharp(data, { raw: { width, height, channels: 3 } })
        .resize(wanted)
        .ensureAlpha()
        .raw()
        .toBuffer();
      const output = { width: wanted, format: "png" } as const;
      const { rendition } = await renderOne(new Uint8Array(file), output);
      const ours = await sharp(rendition.bytes).ensureAlpha().raw().toBuffer();
      const theirs = await sharp(file).resize(wanted).ensureAlpha().raw().toBuffer();
      // libvips' own shrink-on-load is the measure.
      expect(samplePsnr(ours, best)).toBeGreaterThan(Math.min(samplePsnr(theirs, best), 40) - 1);
    }
  }
});

test("just above a quarter of its size a progressive picture's luma is sharper than a quarter's", async () => {
  const [width, height] = [1040, 728];
  const raw = { width, height, channels: 4 } as const;
  const picture = sharp(scene(width, height), { raw }).removeAlpha();
  const file = await picture.jpeg({ quality: 90, progressive: true }).toBuffer();
  /** Luma at the output's size, by way of a decode at `shrink` for an output smaller by `ratio`. */
  const luma = async (shrink: number, ratio: number) => {
    const { planes, ...request } = decodeRequest({ width, height }, { shrink });
    const wanted = { ...request, planes: { ...planes, ratio, rowsAtOnce: height } };
    const decoded = newJpegDecoder().decode(file, wanted, infoOf("jpeg", width, height));
    if (!decoded.ok || decoded.value.samples !== "planes") throw new Error("no planes");
    const [plane] = decoded.value.planes;
    const size = { width: plane?.width ?? 0, height: plane?.height ?? 0 };
    const samples = readPlane(decoded.value, 0);
    const resized = sharp(samples, { raw: { ...size, channels: 1 } }).resize(240, 168);
    return { size, samples: new Uint8Array(await resized.toColourspace("b-w").raw().toBuffer()) };
  };
  const [whole, half] = [await luma(1, 1), await luma(2, 2)];
  const [quarter, sharper] = [await luma(4, 5), await luma(4, 4.33)];
  expect([quarter.size.width, sharper.size.width]).toEqual([width / 4, width / 2]);
  const [ofHalf, ofQuarter, ofSharper] = [half, quarter, sharper].map(({ samples }) =>
    samplePsnr(samples, whole.samples),
  ) as [number, number, number];
  expect(ofSharper).toBeGreaterThan(ofHalf - 3);
  expect(ofSharper).toBeGreaterThan(ofQuarter + 0.5);
});
