import { describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { limits } from "../../../../core/limits.ts";
import {
  bytes,
  exifBlock,
  repeated,
  u32,
  webp,
  webpCanvas,
  webpChunk,
  webpFlags,
  webpFrame,
  webpLossless,
  webpLossy,
} from "../made-headers.ts";

const { animation: animated, alpha, icc } = webpFlags;
const alph = webpChunk("ALPH", bytes(0, 0));
const info = (source: Uint8Array, complete = true) => {
  const answer = probe(source, complete);
  return answer.kind === "image" ? answer.info : answer;
};
const still = (flags: number, ...chunks: readonly Uint8Array[]) =>
  info(webp(webpCanvas(flags, 24, 16), ...chunks));
const moving = (...frames: readonly Uint8Array[]) =>
  info(webp(webpCanvas(animated, 24, 16), webpChunk("ANIM", new Uint8Array(6)), ...frames));
const clearLossless = webpChunk("VP8L", bytes(0x2f, u32(23 + 15 * 2 ** 14 + 2 ** 28, "little"), 0));

describe("a still WebP", () => {
  test.each([
    [0, { hasAlpha: false, hasIcc: false }],
    [alpha, { hasAlpha: true, hasIcc: false }],
    [icc, { hasAlpha: false, hasIcc: true }],
  ])("has what its flags %i say", (flags, said) => {
    expect(still(flags, webpLossy(24, 16))).toMatchObject({ ...said, frames: 1 });
  });

  test("is transparent by its flag alone, or, in a simple file, by its picture", () => {
    expect(still(0, alph, webpLossy(24, 16))).toMatchObject({ hasAlpha: false });
    expect(info(webp(alph, webpLossy(24, 16)))).toMatchObject({ hasAlpha: true });
    const other = webpChunk("what", bytes(0, 0));
    expect(info(webp(other, webpLossy(24, 16)))).toMatchObject({ hasAlpha: false });
    expect(info(webp(clearLossless))).toMatchObject({ hasAlpha: true, lossless: true });
    expect(info(webp(webpLossless(24, 16)))).toMatchObject({ hasAlpha: false, lossless: true });
    expect(info(webp(webpLossy(24, 16)))).toMatchObject({ hasAlpha: false, lossless: false });
  });

  test.each([
    [16_383, 1],
    [1, 16_383],
  ])("has sides of 14 bits: %i × %i", (width, height) => {
    expect(info(webp(webpLossy(width, height)))).toMatchObject({ width, height });
    expect(info(webp(webpLossless(width, height)))).toMatchObject({ width, height });
    // The two upper bits scale it for display.
    expect(info(webp(webpLossy(width | 0x4000, height | 0x8000)))).toMatchObject({ width, height });
  });

  test("is as large as its canvas says, in both sides", () => {
    for (const [width, height] of [
      [25, 16],
      [24, 17],
    ] as const) {
      expect(still(0, webpLossy(width, height))).toMatchObject({
        refusal: { detail: "The WebP's canvas and its picture differ in size" },
      });
    }
  });

  test("has a canvas whose sides are numbers of 24 bits", () => {
    const large = (width: number, height: number) =>
      info(webp(webpCanvas(0, width, height), webpLossy(24, 16)));
    expect(large(70_000, 1)).toMatchObject({ refusal: { width: 70_000, height: 1 } });
    expect(large(1, 200_000)).toMatchObject({ refusal: { width: 1, height: 200_000 } });
  });

  test("is turned by what its EXIF chunk says, padded or not", () => {
    const turned = webpChunk("EXIF", exifBlock({ value: 6 }));
    const odd = webpChunk("what", bytes(1, 2, 3));
    expect(still(8, webpLossy(24, 16), odd, turned)).toMatchObject({ orientation: 6 });
    expect(still(8, webpLossy(24, 16), turned, odd)).toMatchObject({ orientation: 6 });
    expect(still(8, webpLossy(24, 16), webpChunk("EXIF", bytes("x")))).toMatchObject({
      orientation: 1,
    });
  });

  test("is looked for behind as many chunks as an animation may have frames, and no more", () => {
    const behind = (others: number) =>
      still(0, repeated(webpChunk("what", bytes()), others), webpLossy(24, 16));
    // The canvas is a chunk too.
    expect(behind(limits.sourceFramesMax - 2)).toMatchObject({ width: 24 });
    expect(behind(limits.sourceFramesMax - 1)).toMatchObject({
      refusal: { detail: "The WebP holds no picture" },
    });
  });

  test("without a picture holds none, and is not cut off", () => {
    const none = { refusal: { detail: "The WebP holds no picture" } };
    expect(info(webp(webpChunk("what", bytes())))).toMatchObject(none);
    expect(still(0)).toMatchObject(none);
  });

  test("that is cut off anywhere before its picture's header is cut off", () => {
    const lossy = webp(webpLossy(24, 16));
    const lossless = webp(webpLossless(24, 16));
    const extended = webp(webpCanvas(0, 24, 16), webpLossy(24, 16));
    for (const [source, headerEnd] of [
      [lossy, 30],
      [lossless, 25],
      [extended, 48],
    ] as const) {
      for (let length = 16; length < headerEnd; length++) {
        expect(info(source.subarray(0, length)), `${length}`).toMatchObject({
          refusal: { reason: "truncated_image" },
        });
      }
      expect(info(source.subarray(0, headerEnd))).toMatchObject({ width: 24 });
    }
  });

  test("is damaged where its picture begins with no key frame, start code or signature", () => {
    const spoilt = (source: Uint8Array, at: number, byte: number) => {
      source[at] = byte;
      return info(source);
    };
    const corrupt = { refusal: { reason: "corrupt_image" } };
    expect(spoilt(webp(webpLossy(24, 16)), 20, 0x11)).toMatchObject(corrupt);
    expect(spoilt(webp(webpLossy(24, 16)), 23, 0)).toMatchObject(corrupt);
    expect(spoilt(webp(webpLossless(24, 16)), 20, 0x2e)).toMatchObject(corrupt);
  });
});

describe("an animated WebP", () => {
  test("may leave some of its canvas clear", () => {
    expect(moving(webpFrame({}, webpLossy(24, 16)))).toMatchObject({ hasAlpha: false, frames: 1 });
    expect(moving(webpFrame({}, webpLossy(23, 16)))).toMatchObject({ hasAlpha: true });
    expect(moving(webpFrame({}, webpLossy(24, 15)))).toMatchObject({ hasAlpha: true });
    expect(moving(webpFrame({}, clearLossless))).toMatchObject({ hasAlpha: true, lossless: true });
    expect(moving(webpFrame({}, bytes(alph, webpLossy(24, 16))))).toMatchObject({ hasAlpha: true });
  });

  test("has a first frame that lies on its canvas, up to its edges", () => {
    const small = webpLossy(4, 2);
    expect(moving(webpFrame({ left: 20, top: 14 }, small))).toMatchObject({
      width: 24,
      height: 16,
    });
    for (const place of [{ left: 22 }, { top: 16 }]) {
      expect(moving(webpFrame(place, small))).toMatchObject({
        refusal: { detail: "The WebP's first frame lies outside its canvas" },
      });
    }
  });

  test.each([0, 9])(
    "begins with the first frame that holds a picture, not with %i bytes of something else",
    (length) => {
      const none = webpFrame({}, webpChunk("what", new Uint8Array(length)));
      expect(moving(none, webpFrame({}, webpLossless(24, 16)))).toMatchObject({ lossless: true });
      expect(moving(none)).toMatchObject({
        refusal: { detail: "The animated WebP holds no frame" },
      });
    },
  );

  test("that is cut off anywhere before its first picture's header is cut off", () => {
    const whole = webp(webpCanvas(animated, 24, 16), webpFrame({}, webpLossless(24, 16)));
    const headerEnd = 12 + 18 + 8 + 16 + 8 + 5;
    for (let length = 30; length < headerEnd; length++) {
      expect(info(whole.subarray(0, length)), `${length}`).toMatchObject({
        refusal: { reason: "truncated_image" },
      });
    }
    expect(info(whole.subarray(0, headerEnd))).toMatchObject({ lossless: true, frames: 0 });
  });

  test("whose frame ends before a picture is cut off", () => {
    expect(moving(webpChunk("ANMF", new Uint8Array(16)))).toMatchObject({
      refusal: { reason: "truncated_image" },
    });
  });

  test("is counted to its end, and that may be an empty chunk", () => {
    const frame = webpFrame({}, webpLossy(24, 16));
    expect(moving(frame, frame, webpChunk("what", bytes()))).toMatchObject({ frames: 2 });
  });
});
