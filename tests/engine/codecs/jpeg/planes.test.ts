import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { DecodedPlanes } from "../../../../engine/codecs/codec.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import {
  decodeJpeg,
  decodeRequest,
  jpegPixels,
  newJpegDecoder,
  scene,
} from "../../pixels/fixtures.ts";
import { infoOf } from "../codecs.ts";
import { samplings, slopes, writeDcJpeg } from "./dc-jpeg.ts";
import { readPlane } from "./read-plane.ts";

const shrinks = [1, 2, 4, 8];

/** Every sample of every plane. */
function samplesOf(file: Uint8Array, shrink = 1): Uint8Array[] {
  const decoded = decodeJpeg(file, shrink);
  if (!decoded.ok || decoded.value.samples !== "planes") throw new Error("no planes");
  return decoded.value.planes.map((_, index) => readPlane(decoded.value as DecodedPlanes, index));
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

describe("any sampling, with and without restart markers, is shown as libvips shows it", () => {
  test.each(Object.entries(samplings))("%s", async (_, components) => {
    // No side divides by an MCU.
    const size = { width: 203, height: 133, components };
    const plain = writeDcJpeg(size, slopes);
    const theirs = await sharp(plain).ensureAlpha().toColourspace("srgb").raw().toBuffer();
    expect(samplePsnr(jpegPixels(plain).rgba, theirs)).toBeGreaterThan(32);
    for (const restartInterval of [1, 3, 5]) {
      const marked = writeDcJpeg({ ...size, restartInterval }, slopes);
      for (const shrink of shrinks)
        expect(samplesOf(marked, shrink)).toEqual(samplesOf(plain, shrink));
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
