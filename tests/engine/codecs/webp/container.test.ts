import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { readWebp } from "../../../../engine/codecs/webp/container.ts";
import {
  bytes,
  webp,
  webpCanvas,
  webpChanged,
  webpChunk,
  webpFlags,
  webpFrame,
  webpLossless,
  webpLossy,
} from "../../../core/image/made-headers.ts";

const [lossy, lossless] = [webpLossy(24, 16), webpLossless(24, 16)];
/** What of a chunk is its data. */
const dataOf = (chunk: Uint8Array) => chunk.subarray(8);
const { animation, alpha: hasAlpha, icc: hasIcc } = webpFlags;
const alpha = webpChunk("ALPH", bytes(0, 1, 2, 3));
const control = webpChunk("ANIM", new Uint8Array(6));
const corrupt = (detail: string) => ({ reason: "corrupt_image", detail });

function still(...chunks: readonly Uint8Array[]) {
  const read = readWebp(webp(...chunks));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}
const refusal = (...chunks: readonly Uint8Array[]) => {
  const read = readWebp(webp(...chunks));
  return read.ok ? "read" : read.error;
};

describe("a file", () => {
  test("is a WebP by both of its names", () => {
    const file = webp(lossy);
    expect(readWebp(file)).toMatchObject({ ok: true });
    for (const at of [0, 3, 8, 11])
      expect(readWebp(file.with(at, 0))).toEqual({
        ok: false,
        error: { reason: "unsupported_format" },
      });
  });

  test("is as long as it says, whatever follows", () => {
    const file = webp(lossy);
    expect(readWebp(bytes(file, 1, 2, 3))).toMatchObject({ ok: true });
    expect(readWebp(file.subarray(0, -1))).toEqual({
      ok: false,
      error: { reason: "truncated_image", detail: "the file is shorter than it says" },
    });
    // A picture that begins behind the stated end is none.
    expect(readWebp(file.with(4, 4))).toMatchObject({ error: { reason: "corrupt_image" } });
  });
});

describe("a picture alone", () => {
  test("is all of its canvas", () => {
    expect(still(lossy)).toEqual({
      canvas: { width: 24, height: 16, left: 0, top: 0 },
      bitstream: { width: 24, height: 16, lossless: false, data: dataOf(lossy), hasAlpha: false },
      hasAlpha: false,
    });
    const large = webpLossless(0x2345, 0x3456);
    expect(still(large)).toMatchObject({
      bitstream: { width: 0x2345, height: 0x3456, lossless: true },
      hasAlpha: false,
    });
    expect(still(large).bitstream.data).toEqual(dataOf(large));
    expect(still(webpLossy(0x2345, 0x1234)).canvas).toMatchObject({
      width: 0x2345,
      height: 0x1234,
    });
  });

  test("has alpha where a lossless one says so, but not from a chunk of it", () => {
    const withAlpha = webpChanged(lossless, 4, (lossless[12] ?? 0) | 0x10);
    expect(still(withAlpha)).toMatchObject({ hasAlpha: true, bitstream: { hasAlpha: true } });
    expect(still(lossy, alpha).hasAlpha).toBe(false);
    expect(refusal(alpha, lossy)).toEqual(corrupt("neither a canvas nor a picture at its start"));
  });

  test("may have a padding byte, which is its decoder's too", () => {
    const odd = webpChunk("VP8L", bytes(dataOf(lossless).subarray(0, 5)));
    expect(still(odd).bitstream.data).toHaveLength(6);
  });

  test("is refused where its header makes no sense", () => {
    const lossyHeader = corrupt("VP8  header");
    expect(refusal(webpChunk("VP8 ", dataOf(lossy).subarray(0, 9)))).toEqual(lossyHeader);
    // Not a key frame; a profile of 4; not to be shown.
    for (const tag of [0x11, 0x18, 0x00])
      expect(refusal(webpChanged(lossy, 0, tag))).toEqual(lossyHeader);
    for (const tag of [0x10, 0x12, 0x16]) expect(refusal(webpChanged(lossy, 0, tag))).toBe("read");
    // The first part is ten bytes long, which is all there are.
    expect(refusal(webpChanged(lossy, 0, 0x10 | ((9 & 7) << 5), 9 >> 3))).toBe("read");
    expect(refusal(webpChanged(lossy, 0, 0x10 | ((10 & 7) << 5), 10 >> 3))).toEqual(lossyHeader);
    for (const at of [3, 4, 5]) expect(refusal(webpChanged(lossy, at, 0))).toEqual(lossyHeader);
    expect(refusal(webpLossy(0, 16))).toEqual(lossyHeader);
    expect(refusal(webpLossy(24, 0))).toEqual(lossyHeader);
    // Two bits above each side are for scaling.
    expect(still(webpLossy(24 | 0xc000, 16 | 0x4000)).canvas).toMatchObject({
      width: 24,
      height: 16,
    });

    const losslessHeader = corrupt("VP8L header");
    expect(refusal(webpChunk("VP8L", dataOf(lossless).subarray(0, 4)))).toEqual(losslessHeader);
    expect(refusal(webpChanged(lossless, 0, 0x2e))).toEqual(losslessHeader);
    expect(refusal(webpLossless(24, 16, 1))).toEqual(losslessHeader);
  });

  test("is refused where the file begins with something else, or ends in it", () => {
    expect(refusal(webpChunk("EXIF", bytes(1, 2)), lossy)).toEqual(
      corrupt("neither a canvas nor a picture at its start"),
    );
    expect(refusal(lossy.subarray(0, -2))).toEqual({
      reason: "truncated_image",
      detail: "inside a chunk",
    });
  });
});

describe("a picture on a canvas", () => {
  test("has alpha where the canvas says so, whatever is in it", () => {
    const opaque = still(webpCanvas(0, 24, 16), lossless.with(12, 0x10));
    expect(opaque).toMatchObject({ hasAlpha: false, bitstream: { hasAlpha: false } });
    expect(still(webpCanvas(hasAlpha, 24, 16), lossless)).toMatchObject({
      hasAlpha: true,
      bitstream: { hasAlpha: true },
    });
    const shown = still(webpCanvas(hasAlpha, 24, 16), alpha, lossy);
    expect(shown).toMatchObject({ hasAlpha: true, bitstream: { hasAlpha: true } });
    expect(shown.bitstream.alpha).toEqual(bytes(0, 1, 2, 3));
    const announced = still(webpCanvas(hasAlpha, 24, 16), lossy);
    expect(announced).toMatchObject({ hasAlpha: true, bitstream: { hasAlpha: false } });
    const hidden = still(webpCanvas(0, 24, 16), alpha, lossy);
    expect(hidden).toMatchObject({ hasAlpha: false, bitstream: { hasAlpha: false } });
    expect(hidden.bitstream).not.toHaveProperty("alpha");
  });

  test("has no alpha behind it, unless none is shown", () => {
    const late = corrupt("alpha behind its picture");
    expect(refusal(webpCanvas(hasAlpha, 24, 16), lossy, alpha)).toEqual(late);
    expect(refusal(webpCanvas(0, 24, 16), lossy, alpha)).toBe("read");
  });

  test("is one, and as large as it", () => {
    const another = corrupt("a picture of another size than its canvas");
    expect(refusal(webpCanvas(0, 25, 16), lossy)).toEqual(another);
    expect(refusal(webpCanvas(0, 24, 17), lossy)).toEqual(another);
    expect(refusal(webpCanvas(0, 24, 16))).toEqual(corrupt("no picture"));
    expect(refusal(webpCanvas(0, 24, 16), alpha)).toEqual(corrupt("no picture"));
  });

  test("has at most as many pixels as a source may have", () => {
    const of = (width: number, height: number) =>
      refusal(webpCanvas(0, width, height), webpLossless(width, height));
    const height = limits.sourcePixelsMax / 6500;
    expect(of(6500, height)).toBe("read");
    expect(of(6500, height + 1)).toEqual({
      ...{ reason: "image_too_large", detail: "pixels of the canvas over the limit" },
      ...{ width: 6500, height: height + 1 },
    });
  });

  test("has the profile that the canvas announces, a copy of the first that is not too long", () => {
    const profile = (data: Uint8Array) => webpChunk("ICCP", data);
    const icc = (features: number, ...profiles: readonly Uint8Array[]) =>
      still(webpCanvas(features, 24, 16), ...profiles.map(profile), lossy).icc;
    const first = icc(hasIcc, bytes("one"), bytes("two"));
    expect(first).toEqual(bytes("one"));
    expect(first?.buffer.byteLength).toBe(3);
    expect(icc(0, bytes("one"))).toBeUndefined();
    expect(icc(hasIcc)).toBeUndefined();
    const most = new Uint8Array(limits.metadataBytesMax);
    expect(icc(hasIcc, most)).toHaveLength(most.length);
    expect(icc(hasIcc, bytes(most, 0))).toBeUndefined();
  });
});

describe("an animation", () => {
  const canvas = webpCanvas(animation, 24, 16);
  const opened = (...frames: readonly Uint8Array[]) => still(canvas, control, ...frames);
  const small = webpLossy(8, 6);

  test("is its first frame, at its place on the canvas", () => {
    const first = webpFrame({ left: 16, top: 10 }, small);
    expect(opened(first, webpFrame({}, lossy))).toEqual({
      canvas: { width: 24, height: 16, left: 16, top: 10 },
      bitstream: { width: 8, height: 6, lossless: false, data: dataOf(small), hasAlpha: false },
      hasAlpha: true,
    });
  });

  test("is opaque where its first frame is, covers the canvas, and nothing announces alpha", () => {
    const clear = webpFrame({}, lossless.with(12, 0x10));
    expect(opened(webpFrame({}, lossy)).hasAlpha).toBe(false);
    expect(opened(webpFrame({}, lossy), clear).hasAlpha).toBe(false);
    expect(opened(clear).hasAlpha).toBe(true);
    expect(opened(webpFrame({}, webpLossy(23, 16))).hasAlpha).toBe(true);
    expect(opened(webpFrame({}, webpLossy(24, 15))).hasAlpha).toBe(true);
    const announced = webpCanvas(animation | hasAlpha, 24, 16);
    expect(still(announced, control, webpFrame({}, lossy)).hasAlpha).toBe(true);
    expect(opened(webpFrame({}, bytes(alpha, lossy)))).toMatchObject({
      ...{ hasAlpha: true, bitstream: { hasAlpha: true } },
    });
  });

  test("has frames inside of its canvas only", () => {
    const outside = corrupt("a frame outside the canvas");
    for (const place of [{ left: 18 }, { top: 12 }])
      expect(refusal(canvas, control, webpFrame(place, small))).toEqual(outside);
    expect(refusal(canvas, control, webpFrame({}, webpLossy(25, 16)))).toEqual(outside);
  });

  test("is refused where any of its frames is broken, or there is none", () => {
    const broken = webpFrame({}, webpLossy(0, 6));
    expect(refusal(canvas, control, webpFrame({}, lossy), broken)).toEqual(corrupt("VP8  header"));
    expect(refusal(canvas, control)).toEqual(corrupt("no frame"));
    expect(refusal(canvas, control, webpFrame({}, alpha))).toEqual(corrupt("no picture"));
    expect(refusal(canvas, control, webpFrame({}, bytes(lossy, alpha)))).toEqual(
      corrupt("alpha behind its picture"),
    );
  });
});
