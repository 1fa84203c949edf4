import { beforeAll, describe, expect, test } from "vitest";
import { pictureInfo } from "./picture-info.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { probe } from "../../../core/image/probe.ts";
import { limits } from "../../../core/limits.ts";
import { encodePictures, type PictureName } from "./encoded-pictures.ts";
import {
  bytes,
  exifBlock,
  exifSegment,
  frameHeader,
  gif,
  gifInterlaced,
  gifPicture,
  gifTrailer,
  jpeg,
  png,
  pngChunk,
  pngHeader,
  repeated,
  scanHeader,
  segment,
  u32,
  webp,
  webpCanvas,
  webpChunk,
  webpFlags,
  webpFrame,
  webpLossy,
} from "./made-headers.ts";

let pictures: Record<PictureName, Uint8Array>;
beforeAll(async () => {
  pictures = await encodePictures();
});

const size = { width: 24, height: 16 };
const plainJpeg = pictureInfo({ ...size, format: "jpeg" });
const plainPng = pictureInfo({ ...size, format: "png" });
const plainWebp = pictureInfo({ ...size, format: "webp" });
const plainAvif = pictureInfo({ ...size, format: "avif", samplesPerPixel: 3 });
const plainGif = pictureInfo({ ...size, format: "gif", colour: "palette" });

const expected: Record<PictureName, ImageInfo> = {
  jpeg: plainJpeg,
  "jpeg 4:4:4": { ...plainJpeg, samplesPerPixel: 3 },
  "jpeg progressive": { ...plainJpeg, progressive: true },
  "jpeg grey": { ...plainJpeg, colour: "grey", samplesPerPixel: 1 },
  "jpeg cmyk": { ...plainJpeg, colour: "cmyk", samplesPerPixel: 4 },
  "jpeg turned, with profile": { ...plainJpeg, orientation: 6, hasIcc: true },
  png: plainPng,
  "png alpha": { ...plainPng, hasAlpha: true },
  "png palette with transparency": { ...plainPng, colour: "palette", hasAlpha: true },
  "png 16 bit": { ...plainPng, bitDepth: 16 },
  "png grey, interlaced": { ...plainPng, colour: "grey", progressive: true },
  "png turned, with profile": { ...plainPng, orientation: 6, hasIcc: true },
  webp: plainWebp,
  "webp alpha": { ...plainWebp, hasAlpha: true },
  "webp lossless": { ...plainWebp, lossless: true },
  "webp lossless alpha": { ...plainWebp, hasAlpha: true, lossless: true },
  "webp turned, with profile": { ...plainWebp, orientation: 6, hasIcc: true },
  "webp animated": { ...plainWebp, hasAlpha: true, frames: 3 },
  gif: { ...plainGif, hasAlpha: true },
  "gif animated": { ...plainGif, hasAlpha: true, frames: 3 },
  avif: plainAvif,
  "avif alpha": { ...plainAvif, hasAlpha: true },
  "avif 10 bit": { ...plainAvif, bitDepth: 10 },
  "avif with profile": { ...plainAvif, hasIcc: true },
};

describe("probe", () => {
  test.each(Object.keys(expected) as PictureName[])("reads what an encoder wrote: %s", (name) => {
    expect(probe(pictures[name], true)).toEqual({ kind: "image", info: expected[name] });
  });

  test("reads a picture that lies in the middle of a larger buffer", () => {
    const source = pictures["jpeg turned, with profile"];
    const larger = new Uint8Array(source.length + 200).fill(0xff);
    larger.set(source, 100);
    const info = expected["jpeg turned, with profile"];
    expect(probe(larger.subarray(100, 100 + source.length), true)).toEqual({ kind: "image", info });
  });

  test("asks for more until the format's bytes are there", () => {
    const padded = new Uint8Array(limits.magicBytesMax);
    padded.set(pictures["png"]);
    expect(probe(padded.subarray(0, -1), false)).toEqual({ kind: "more" });
    expect(probe(padded, false)).toEqual({ kind: "image", info: plainPng });
  });

  test("asks for more while metadata hides the size, and refuses when nothing more comes", () => {
    const metadata = Array.from({ length: 3 }, () => segment(0xef, new Uint8Array(65_000)));
    const source = jpeg(...metadata, frameHeader(), scanHeader());
    for (const length of [1_000, 70_000, source.length - 1]) {
      const head = source.subarray(0, length);
      expect(probe(head, false)).toEqual({ kind: "more" });
      expect(probe(head, true)).toMatchObject({ refusal: { reason: "truncated_image" } });
    }
    expect(probe(source, false)).toEqual({ kind: "image", info: plainJpeg });
  });

  test("reads no further for a header than its limit, however much is given", () => {
    const behind = (metadataBytes: number) => {
      const metadata = repeated(segment(0xef, new Uint8Array(60)), Math.ceil(metadataBytes / 64));
      return jpeg(metadata, frameHeader(), scanHeader());
    };
    expect(probe(behind(limits.headBytesMax - 200), true)).toMatchObject({ kind: "image" });
    const tooFar = behind(limits.headBytesMax);
    const refusal = { reason: "corrupt_image" };
    expect(probe(tooFar, true)).toMatchObject({ refusal });
    expect(probe(tooFar.subarray(0, limits.headBytesMax), false)).toMatchObject({ refusal });
    expect(probe(tooFar.subarray(0, limits.headBytesMax - 1), false)).toEqual({ kind: "more" });
  });

  test("finds a WebP's orientation behind any amount of pixels", () => {
    const pixels = new Uint8Array(2 * limits.headBytesMax);
    pixels.set(webpLossy(24, 16).subarray(8));
    const exif = webpChunk("EXIF", exifBlock({ value: 7 }));
    const source = webp(webpCanvas(0x08, 24, 16), webpChunk("VP8 ", pixels), exif);
    expect(probe(source, true)).toMatchObject({ info: { orientation: 7 } });
    expect(probe(source.subarray(0, -1), false)).toMatchObject({ info: { orientation: 1 } });
  });

  test("tells the frames of an animated PNG", () => {
    const control = pngChunk("acTL", bytes(u32(7), u32(0)));
    const source = png(pngHeader(), control, pngChunk("IDAT"));
    expect(probe(source, true)).toEqual({ kind: "image", info: { ...plainPng, frames: 7 } });
  });

  test("counts frames up to a last chunk that needs padding", () => {
    const frames = repeated(webpFrame({}, webpLossy(24, 16)), 2);
    const source = webp(
      webpCanvas(webpFlags.animation, 24, 16),
      frames,
      webpChunk("XMP ", bytes(0)),
    );
    expect(probe(source, true)).toMatchObject({ info: { frames: 2 } });
  });

  test("knows an interlaced GIF, and that a picture smaller than its screen leaves it transparent", () => {
    const answerTo = (...picture: Parameters<typeof gifPicture>) =>
      probe(gif(24, 16, gifPicture(...picture), gifTrailer), true);
    expect(answerTo([0, 0, 24, 16])).toEqual({ kind: "image", info: plainGif });
    const interlaced = { ...plainGif, progressive: true };
    expect(answerTo([0, 0, 24, 16], gifInterlaced)).toEqual({ kind: "image", info: interlaced });
    const partial = { ...plainGif, hasAlpha: true };
    expect(answerTo([1, 0, 23, 16])).toEqual({ kind: "image", info: partial });
    expect(answerTo([0, 0, 24, 15])).toEqual({ kind: "image", info: partial });
  });

  test.each([
    [[0x44, 0x11, 0x11], 1.125],
    [[0x21, 0x11, 0x11], 2],
    [[0x22, 0x12, 0x21], 2],
    [[0x22, 0x44, 0x44], 2.25],
  ])(
    "counts the samples of all components, whichever is densest: %j are %d",
    (sampling, samples) => {
      const header = frameHeader({ sampling });
      const answer = probe(jpeg(header, scanHeader()), true);
      expect(answer).toMatchObject({ info: { samplesPerPixel: samples } });
    },
  );

  test("stops counting where no animation may have so many frames", () => {
    const frames = (count: number) => repeated(webpFrame({}, webpLossy(24, 16)), count);
    const animation = (count: number) =>
      webp(webpCanvas(webpFlags.animation, 24, 16), frames(count));
    expect(probe(animation(50), true)).toMatchObject({ info: { frames: 50 } });
    expect(probe(animation(2 * limits.sourceFramesMax), true)).toMatchObject({
      info: { frames: 0 },
    });
  });

  test.each([
    ["before", [exifSegment({ value: 8 }), frameHeader()]],
    ["after", [frameHeader(), exifSegment({ value: 8 })]],
  ])("finds the orientation %s the frame header", (_, segments) => {
    const info = { ...plainJpeg, orientation: 8 };
    expect(probe(jpeg(...segments, scanHeader()), true)).toEqual({ kind: "image", info });
  });

  test("answers without the frames and the orientation that WebP and GIF keep behind the pixels", () => {
    const answerTo = (name: PictureName) => probe(pictures[name].subarray(0, -1), true);
    expect(answerTo("gif animated")).toMatchObject({ info: { frames: 0 } });
    expect(answerTo("webp animated")).toMatchObject({ info: { frames: 0 } });
    expect(answerTo("webp turned, with profile")).toMatchObject({ info: { orientation: 1 } });
  });

  test("says that a JPEG scanned one component at a time holds its coefficients like a progressive one", () => {
    const info = { ...plainJpeg, progressive: true };
    expect(probe(jpeg(frameHeader(), scanHeader(1)), true)).toEqual({ kind: "image", info });
  });
});
