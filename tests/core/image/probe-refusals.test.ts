import { describe, expect, test } from "vitest";
import { probe } from "../../../core/image/probe.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import {
  av1C,
  avif,
  box,
  bytes,
  exifSegment,
  frameHeader,
  ftyp,
  gif,
  gifControl,
  gifPicture,
  gifTrailer,
  ispe,
  jpeg,
  png,
  pngChunk,
  pngHeader,
  repeated,
  scanHeader,
  segment,
  u16,
  u32,
  webp,
  webpCanvas,
  webpChunk,
  webpFlags,
  webpFrame,
  webpLossless,
  webpLossy,
} from "./made-headers.ts";

type Case = readonly [name: string, source: Uint8Array];

const animated = webpFlags.animation;
const idat = pngChunk("IDAT");
const pngOf = (options: Parameters<typeof pngHeader>[0]) => png(pngHeader(options), idat);

const refusals: Record<
  "image_too_large" | "corrupt_image" | "truncated_image" | "unsupported_format",
  readonly Case[]
> = {
  image_too_large: [
    ["JPEG of 65500 × 65500", jpeg(frameHeader({ width: 65_500, height: 65_500 }))],
    [
      "PNG of a side that no field of ours holds",
      png(pngHeader({ width: 2 ** 31 - 1, height: 1 })),
    ],
    ["PNG just over the pixel limit", png(pngHeader({ width: 10_001, height: 10_000 }))],
    ["WebP canvas of 2^24 × 2^24", webp(webpCanvas(0, 2 ** 24, 2 ** 24), webpLossy(1, 1))],
    ["WebP bitstream over the pixel limit", webp(webpLossless(16_384, 16_384))],
    ["GIF screen of 65535 × 65535 around one pixel", gif(65_535, 65_535, gifPicture([0, 0, 1, 1]))],
    [
      "GIF picture of 65535 × 65535 on a small screen",
      gif(1, 1, gifPicture([0, 0, 65_535, 65_535])),
    ],
    ["GIF picture that lies far outside its screen", gif(1, 1, gifPicture([65_535, 65_535, 9, 9]))],
    ["AVIF of 65536 × 65536", avif([ispe(65_536, 65_536), av1C])],
    [
      "AVIF with a tile or alpha plane over the limit",
      avif([ispe(8, 8), av1C, ispe(30_000, 30_000)]),
    ],
  ],
  corrupt_image: [
    ["JPEG without width", jpeg(frameHeader({ width: 0 }), scanHeader())],
    ["JPEG without height", jpeg(frameHeader({ height: 0 }), scanHeader())],
    ["JPEG with two frame headers", jpeg(frameHeader(), frameHeader({ width: 9 }), scanHeader())],
    ["JPEG scanned before its frame header", jpeg(scanHeader(), frameHeader())],
    ["JPEG ended before its scan", jpeg(frameHeader(), bytes(0xff, 0xd9))],
    ["JPEG begun twice", jpeg(bytes(0xff, 0xd8), frameHeader(), scanHeader())],
    [
      "JPEG with a segment shorter than its length field",
      jpeg(bytes(0xff, 0xe0, 0, 1), frameHeader()),
    ],
    ["JPEG with a reserved marker", jpeg(segment(0x42, bytes()), frameHeader(), scanHeader())],
    ["JPEG with another reserved marker", jpeg(segment(0xf0, bytes()), frameHeader())],
    ["JPEG with sampling factor 5", jpeg(frameHeader({ sampling: [0x15, 0x11, 0x11] }))],
    ["JPEG with a frame header that counts wrong", jpeg(segment(0xc0, bytes(8, 0, 9, 0, 9, 3)))],
    ["JPEG of 9 bits", jpeg(frameHeader({ precision: 9 }), scanHeader())],
    ["JPEG with sampling factor 0", jpeg(frameHeader({ sampling: [0x20, 0x11, 0x11] }))],
    ["PNG of no size", pngOf({ width: 0, height: 0 })],
    ["PNG with a wrong header checksum", png(pngHeader().fill(0x55, -1), idat)],
    ["PNG whose header has another length", png(pngChunk("IHDR", new Uint8Array(14)), idat)],
    ["PNG that begins with something else", png(pngChunk("tEXt"), pngHeader(), idat)],
    ["PNG with a colour type that does not exist", pngOf({ colourType: 1 })],
    ["PNG with a bit depth that its colour type has not", pngOf({ colourType: 3, bitDepth: 16 })],
    ["PNG with an unknown interlace method", pngOf({ methods: [0, 0, 2] })],
    ["PNG with an unknown compression method", pngOf({ methods: [1, 0, 0] })],
    ["PNG with a chunk name of no letters", png(pngHeader(), pngChunk("\0\0\0\0"), idat)],
    ["PNG with a chunk of 4 GB", png(pngHeader(), bytes(u32(0xffff_ffff), "tEXt"))],
    ["PNG without picture data", png(pngHeader(), pngChunk("IEND"))],
    ["PNG with two headers", png(pngHeader(), pngHeader({ width: 9 }), idat)],
    ["GIF without a picture", gif(9, 9, gifControl(true), gifTrailer)],
    ["GIF with an empty picture on an empty screen", gif(9, 0, gifPicture([0, 0, 0, 9]))],
    ["GIF with an unknown block", gif(9, 9, bytes(0x2a))],
    ["WebP whose canvas and picture differ", webp(webpCanvas(0, 24, 16), webpLossy(4000, 4000))],
    [
      "WebP frame outside the canvas",
      webp(webpCanvas(animated, 24, 16), webpFrame({ left: 20 }, webpLossy(24, 16))),
    ],
    [
      "WebP frame below the canvas",
      webp(webpCanvas(animated, 24, 16), webpFrame({ top: 2 }, webpLossy(24, 16))),
    ],
    [
      "WebP frame that differs from its picture",
      webp(webpCanvas(animated, 24, 16), webpFrame({}, webpLossy(4000, 4000))),
    ],
    [
      "WebP animation without a frame",
      webp(webpCanvas(animated, 24, 16), webpChunk("ANIM", new Uint8Array(6))),
    ],
    ["WebP without a picture", webp(webpChunk("ICCP", new Uint8Array(40)))],
    ["WebP lossy picture without a key frame", webp(webpChunk("VP8 ", new Uint8Array(10).fill(1)))],
    ["WebP lossy picture of no size", webp(webpLossy(0, 9))],
    ["WebP lossless picture of another version", webp(webpLossless(24, 16, 1))],
    ["AVIF that describes nothing", bytes(ftyp("avif"), box("meta", u32(0)))],
    ["AVIF without a size", avif([av1C])],
    ["AVIF of no size", avif([ispe(0, 8), av1C])],
    ["AVIF without an AV1 configuration", avif([ispe(8, 8)])],
    ["AVIF that holds no pictures", avif([ispe(8, 8), av1C], { handler: "soun" })],
    ["AVIF of another version", avif([ispe(8, 8), av1C], { version: 4 })],
    ["AVIF whose handler is of another version", avif([ispe(8, 8), av1C], { handlerVersion: 1 })],
    ["AVIF of another coding", avif([ispe(8, 8), av1C], { item: "hvc1" })],
    ["AVIF that lists no items", avif([ispe(8, 8), av1C], { entries: 0 })],
    ["AVIF that lists fewer items than it says", avif([ispe(8, 8), av1C], { entries: 2 })],
    ["AVIF whose property is too long", avif([ispe(8, 8), av1C, bytes(u32(9), "pixi")])],
    ["AVIF whose property has no length", avif([ispe(8, 8), av1C, bytes(u32(0), "pixi")])],
    ["AVIF whose box is shorter than its header", bytes(ftyp("avif"), u32(4), "meta", u32(0))],
  ],
  truncated_image: [
    ["JPEG of three bytes", bytes(0xff, 0xd8, 0xff)],
    ["JPEG of fill bytes", bytes(0xff, 0xd8, new Uint8Array(100_000).fill(0xff))],
    ["JPEG of zeros", jpeg(segment(0xe0, bytes()), new Uint8Array(100_000))],
    ["JPEG of empty segments", jpeg(repeated(segment(0xe1, bytes()), 20_000))],
    ["PNG of its signature", png()],
    ["PNG cut before its picture data", png(pngHeader(), pngChunk("tEXt", bytes("Title\0")))],
    ["GIF of its screen", gif(9, 9)],
    ["GIF cut inside an extension", gif(9, 9, bytes(0x21, 0xfe, 255, "cut"))],
    ["WebP of its container", webp()],
    ["WebP cut before its picture", webp(webpCanvas(0, 9, 9), webpLossy(9, 9)).subarray(0, 40)],
    ["AVIF of its brands", ftyp("avif")],
    [
      "AVIF whose description claims 2^63 bytes",
      bytes(ftyp("avif"), u32(1), "meta", new Uint8Array(8).fill(0x7f)),
    ],
  ],
  unsupported_format: [
    ["JPEG with arithmetic coding", jpeg(frameHeader({ marker: 0xc9 }), scanHeader())],
    ["JPEG, lossless", jpeg(frameHeader({ marker: 0xc3 }), scanHeader())],
    ["JPEG, hierarchical", jpeg(frameHeader({ marker: 0xc5 }), scanHeader())],
    ["JPEG of 12 bits", jpeg(frameHeader({ marker: 0xc1, precision: 12 }), scanHeader())],
    ["JPEG of 2 components", jpeg(frameHeader({ sampling: [0x11, 0x11] }), scanHeader(2))],
    ["PNG in Apple's variant", png(pngChunk("CgBI", new Uint8Array(4)), pngHeader(), idat)],
    ["nothing", bytes()],
    ["one byte", bytes(0xff)],
    ["zeros", new Uint8Array(4096)],
  ],
};

describe.each(Object.entries(refusals))("refused as %s", (reason, cases) => {
  test.each(cases)("%s", (_, source) => {
    expect(probe(source, true)).toMatchObject({ kind: "refused", refusal: { reason } });
  });
});

const detailOf = (refusal: Refusal) => ("detail" in refusal ? refusal.detail : "");

test("names the size and both limits when a picture is too large", () => {
  const answer = probe(png(pngHeader({ width: 70_000, height: 10 })), true);
  expect(answer).toMatchObject({ refusal: { width: 70_000, height: 10 } });
  expect(answer.kind === "refused" && detailOf(answer.refusal)).toBe(
    "The picture is 70000 × 10 pixels; a side may have 65535 and the whole 52 million.",
  );
});

describe("hostile, but a picture", () => {
  const sizeOf = (source: Uint8Array) => {
    const answer = probe(source, true);
    return answer.kind === "image" ? [answer.info.width, answer.info.height] : answer;
  };

  test.each<Case>([
    [
      "JPEG with fill bytes before a marker",
      jpeg(bytes(0xff, 0xff, 0xff), frameHeader(), scanHeader()),
    ],
    [
      "JPEG with stray bytes between segments",
      jpeg(segment(0xe0, bytes()), bytes(7, 0xff, 0, 2), frameHeader(), scanHeader()),
    ],
    [
      "JPEG with a restart marker in its header",
      jpeg(bytes(0xff, 0xd0), frameHeader(), scanHeader()),
    ],
    [
      "JPEG with broken EXIF",
      jpeg(segment(0xe1, bytes("Exif\0\0II")), frameHeader(), scanHeader()),
    ],
    ["PNG with 70,000 text chunks", png(pngHeader(), repeated(pngChunk("tEXt"), 70_000), idat)],
    [
      "PNG with a profile that inflates to anything",
      png(pngHeader(), pngChunk("iCCP", bytes("p\0\0", new Uint8Array(60_000))), idat),
    ],
    ["PNG with an animation header of no length", png(pngHeader(), pngChunk("acTL"), idat)],
    [
      "GIF whose screen is smaller than its picture",
      gif(1, 1, gifPicture([4, 6, 20, 10]), gifTrailer),
    ],
    ["GIF without a screen", gif(0, 0, gifPicture([0, 0, 24, 16]), gifTrailer)],
    [
      "WebP with unknown chunks before its picture",
      webp(webpCanvas(0, 24, 16), webpChunk("what", bytes(1)), webpLossy(24, 16)),
    ],
    ["AVIF with unknown properties", avif([box("what"), ispe(24, 16), av1C])],
  ])("%s", (_, source) => {
    expect(sizeOf(source)).toEqual([24, 16]);
  });

  test("takes the first sensible EXIF orientation of several", () => {
    const orientations = [9, 3, 6].map((value) => exifSegment({ value }));
    const answer = probe(jpeg(...orientations, frameHeader(), scanHeader()), true);
    expect(answer).toMatchObject({ info: { orientation: 3 } });
  });

  test("reads no property list beyond its bytes, whatever it claims", () => {
    const source = avif([ispe(24, 16), av1C], { associations: 0xffff_ffff });
    expect(sizeOf(source)).toMatchObject({ refusal: { reason: "corrupt_image" } });
    const entry = avif([ispe(24, 16), av1C]);
    entry.set(bytes(0xff), Buffer.from(entry).indexOf("ipma") + 12 + u16(0).length);
    expect(sizeOf(entry)).toMatchObject({ refusal: { reason: "corrupt_image" } });
  });
});
