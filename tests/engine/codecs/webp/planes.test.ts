import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { webp } from "../../../../core/image/webp/format.ts";
import { DamagedSource, type DecodedPlanes } from "../../../../engine/codecs/codec.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { decodeRequest, noise, scene } from "../../pixels/fixtures.ts";
import { newWebpDecoder } from "../codecs.ts";

const [width, height] = [203, 211];

async function lossy(rgba: Uint8Array, quality = 80): Promise<Uint8Array> {
  const pixels = sharp(rgba, { raw: { width, height, channels: 4 } });
  return new Uint8Array(await pixels.removeAlpha().webp({ quality }).toBuffer());
}

function open(file: Uint8Array, rowsAtOnce: number) {
  const probed = probe(file, true);
  if (probed.kind !== "image") throw new Error(`the probe says ${probed.kind}`);
  const request = decodeRequest(probed.info);
  const planes = { ...request.planes, rowsAtOnce };
  const decoder = newWebpDecoder();
  const decoded = decoder.decode(file, { ...request, planes }, probed.info);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  if (decoded.value.samples !== "planes") throw new Error("pixels");
  return { decoder, info: probed.info, planes: decoded.value };
}

/** Every sample of every plane, read row by row, Y ahead of the others as an encoder of JPEGs reads. */
function samplesOf({ planes, workspace }: DecodedPlanes): readonly number[][] {
  const samples: number[][] = planes.map(() => []);
  for (let top = 0; top < height; top += 16) {
    for (const [index, plane] of planes.entries()) {
      const perRow = index === 0 ? 1 : 2;
      const end = Math.min(plane.height, Math.ceil((top + 16) / perRow));
      for (let row = top / perRow; row < end; row++) {
        plane.ready(row);
        const at = plane.pointer + (row % plane.ringRows) * plane.stride;
        samples[index]?.push(...bytesAt(workspace, at, plane.width));
      }
    }
  }
  return samples;
}

describe("a lossy picture's planes", () => {
  test("are of half the size for chroma, and the same in a small ring as in a large one", async () => {
    for (const file of [await lossy(scene(width, height)), await lossy(noise(width, height), 95)]) {
      const { planes } = open(file, Infinity);
      expect(planes.planes.map((plane) => [plane.width, plane.height])).toEqual([
        [203, 211],
        [102, 106],
        [102, 106],
      ]);
      expect(planes.planes[1]).toMatchObject({ extentX: 101.5, extentY: 105.5 });
      const whole = samplesOf(planes);
      const { planes: few } = open(file, 17);
      expect(few.planes[0]?.ringRows).toBeLessThan(height);
      expect(samplesOf(few)).toEqual(whole);
    }
  });

  test("use all of a byte's range", async () => {
    const halves = scene(width, height).map((_, at) => (at < width * 48 * 4 ? 0 : 255));
    const [luma = [], ...chroma] = samplesOf(open(await lossy(halves, 100), Infinity).planes);
    expect(luma.slice(0, width * 16)).toEqual(Array.from({ length: width * 16 }, () => 0));
    expect(luma.slice(-width * 16)).toEqual(Array.from({ length: width * 16 }, () => 255));
    for (const samples of chroma) expect(new Set(samples)).toEqual(new Set([128]));
  });

  test("say when the file ends early, at the row where it does", async () => {
    const file = await lossy(scene(width, height));
    const cut = file.slice(0, file.length & ~63);
    new DataView(cut.buffer).setUint32(4, cut.length - 8, true);
    new DataView(cut.buffer).setUint32(16, cut.length - 20, true);
    const { planes } = open(cut, 17);
    planes.planes[0]?.ready(0);
    expect(() => planes.finish()).toThrow(DamagedSource);
  });

  test("take no more memory than is planned", async () => {
    const file = await lossy(noise(width, height), 100);
    const { decoder, info, planes } = open(file, 20);
    planes.finish();
    const rings = planes.planes.reduce((sum, plane) => sum + plane.ringRows * plane.stride, 0);
    const planned = webp.source.planesMemory(info, { shrink: 1, rowsAtOnce: 20 }, file.length);
    expect(decoder.wasmBytes + rings).toBeLessThanOrEqual(planned ?? 0);
  });
});
