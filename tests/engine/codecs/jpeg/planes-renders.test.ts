import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { newRenderer } from "../../renderer.ts";
import { decodeRequest, newJpegDecoder, scene } from "../../pixels/fixtures.ts";
import { infoOf } from "../codecs.ts";
import { samplings, slopes, writeDcJpeg } from "./dc-jpeg.ts";
import { readPlane } from "./read-plane.ts";

describe("a picture in any sampling is made smaller as libvips does", () => {
  const { renderOne } = newRenderer();
  test.each(Object.entries(samplings))("%s", async (_, components) => {
    const plain = writeDcJpeg({ width: 203, height: 133, components }, slopes);
    const sharpHalf = await sharp(plain).resize(90).ensureAlpha().raw().toBuffer();
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
