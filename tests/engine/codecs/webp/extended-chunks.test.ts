import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import {
  readChunks,
  readExtendedChunks,
  takePicture,
} from "../../../../engine/codecs/webp/demux.ts";
import {
  bytes,
  repeated,
  u32,
  webpCanvas,
  webpChunk,
  webpFlags,
  webpFrame,
  webpLossless,
  webpLossy,
} from "../../../core/image/made-headers.ts";

const { animation } = webpFlags;
const [lossy, lossless] = [webpLossy(24, 16), webpLossless(24, 16)];
const [alpha, control] = [webpChunk("ALPH", bytes(0, 1)), webpChunk("ANIM", new Uint8Array(6))];
const [canvas, animated] = [webpCanvas(0, 24, 16), webpCanvas(animation, 24, 16)];
const unknown = webpChunk("abcd", bytes(1, 2, 3));

const refusal = (...chunks: readonly Uint8Array[]) => {
  const read = readExtendedChunks(bytes(...chunks));
  return read.ok ? "read" : read.error;
};
function taken(...chunks: readonly Uint8Array[]) {
  const read = readExtendedChunks(bytes(...chunks));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}
const corrupt = (detail: string) => ({ reason: "corrupt_image", detail });
const truncated = { reason: "truncated_image", detail: "inside a chunk" };

test("a file with features is its canvas, its picture, and all else", () => {
  const odd = { type: "abcd", data: bytes(1, 2, 3), padded: bytes(1, 2, 3, 0) };
  const file = taken(webpCanvas(0x3c, 0x10203, 0x20304), unknown, alpha, lossy, unknown);
  expect(file).toMatchObject({ features: 0x3c, canvas: { width: 0x10203, height: 0x20304 } });
  expect(file.others).toEqual([odd, odd]);
  expect(file.still).toMatchObject({
    isLate: false,
    alpha: { type: "ALPH" },
    image: { type: "VP8 " },
  });
  expect([file.frames, "control" in file, "still" in taken(canvas)]).toEqual([[], false, false]);
});

test("a canvas is whole, first of all, and has known features only", () => {
  expect(refusal(canvas.subarray(0, -1))).toEqual(truncated);
  expect(refusal(canvas.subarray(0, 5))).toEqual(truncated);
  const short = webpChunk("VP8X", new Uint8Array(9));
  expect(refusal(short)).toEqual(corrupt("VP8X too short"));
  for (const features of [0x01, 0x40, 0x80])
    expect(refusal(webpCanvas(features, 24, 16))).toEqual(corrupt("VP8X with unknown features"));
  expect(refusal(webpCanvas(0x3e, 24, 16))).toBe("read");
  expect(refusal(canvas, lossy, canvas)).toEqual(corrupt("a second VP8X"));
});

test("chunks are whole, and as many as a source may have", () => {
  expect(refusal(canvas, lossy, unknown.subarray(0, -1))).toEqual(truncated);
  expect(refusal(canvas, lossy, unknown.subarray(0, 7))).toEqual(truncated);
  expect(refusal(canvas, repeated(webpChunk("abcd", bytes()), limits.sourceChunksMax))).toBe(
    "read",
  );
  const more = repeated(webpChunk("abcd", bytes()), limits.sourceChunksMax + 1);
  expect(refusal(canvas, more)).toEqual(corrupt("too many chunks"));
});

describe("a still picture", () => {
  test("is one", () => {
    expect(refusal(canvas, lossy)).toBe("read");
    for (const second of [lossy, lossless])
      expect(refusal(canvas, lossy, second)).toEqual(corrupt("a second picture"));
    expect(refusal(canvas, lossy, alpha)).toBe("read");
    expect(refusal(canvas, alpha, alpha, lossy)).toEqual(corrupt("a second picture"));
  });

  test("is not in an animation, nor behind its control", () => {
    const noFrame = corrupt("a picture that is no frame");
    expect(refusal(animated, lossy)).toEqual(noFrame);
    expect(refusal(canvas, control, lossy)).toEqual(noFrame);
    expect(refusal(canvas, lossy, control)).toBe("read");
  });

  test("is refused where it is cut, or where its alpha makes no sense", () => {
    expect(refusal(canvas, lossy.subarray(0, -2))).toEqual(truncated);
    expect(refusal(canvas, alpha, lossless)).toEqual(
      corrupt("a lossless picture with an alpha chunk"),
    );
    expect(refusal(canvas, unknown, lossless, alpha)).toBe("read");
  });
});

describe("frames", () => {
  test("stand behind a control, which is the first of its kind and not too short", () => {
    expect(refusal(animated, webpFrame({}, lossy), control)).toEqual(
      corrupt("a frame before ANIM"),
    );
    expect(refusal(animated, webpChunk("ANIM", new Uint8Array(4)))).toEqual(
      corrupt("ANIM too short"),
    );
    // A padding byte counts.
    expect(refusal(animated, webpChunk("ANIM", new Uint8Array(5)), webpFrame({}, lossy))).toBe(
      "read",
    );
    const second = webpChunk("ANIM", bytes(9, 9, 9, 9, 9, 9));
    const file = taken(animated, control, second, webpFrame({}, lossy));
    expect(file.control?.data).toEqual(new Uint8Array(6));
    expect(file.others.map(({ type }) => type)).toEqual(["ANIM", "ANIM"]);
    expect(refusal(canvas, webpChunk("abcd", new Uint8Array(4)))).toBe("read");
  });

  test("have a header, and a picture or its alpha at once behind it", () => {
    const frame = webpFrame({ left: 4, top: 6 }, bytes(alpha, lossy));
    const { frames } = taken(
      animated,
      control,
      frame,
      webpFrame({}, alpha),
      webpFrame({}, unknown),
    );
    expect(frames).toHaveLength(2);
    expect(frames[0]).toMatchObject({
      isLate: false,
      image: { type: "VP8 " },
      alpha: { type: "ALPH" },
    });
    expect(frames[0]?.header).toEqual(frame.subarray(8, 24));
    expect(frames[0]).not.toHaveProperty("end");
    expect(frames[1]).not.toHaveProperty("image");
    expect(taken(canvas, control, webpFrame({}, lossy)).frames).toEqual([]);
  });

  test("are read as far as their picture goes: what follows may be another", () => {
    const { frames } = taken(
      animated,
      control,
      webpFrame({}, bytes(lossy, webpFrame({}, lossless))),
    );
    expect(frames.map(({ image }) => image?.type)).toEqual(["VP8 ", "VP8L"]);
  });

  test("are refused without a header, with a size that libwebp refuses, or longer than their chunk", () => {
    const behind = (frame: Uint8Array) => refusal(animated, control, frame);
    const bare = webpFrame({}, bytes());
    expect(behind(webpChunk("ANMF", bare.subarray(8, 22)))).toEqual(
      corrupt("a frame without header"),
    );
    const of = (width: number, height: number) => behind(webpFrame({ width, height }, lossy));
    expect(of(65_536, 65_535)).toBe("read");
    expect(of(65_536, 65_536)).toEqual(corrupt("a frame's size"));
    expect(behind(bare)).toEqual(truncated);
    const whole = webpFrame({}, lossy);
    const shorter = whole.with(4, (whole[4] ?? 0) - 2);
    expect(behind(shorter)).toEqual(corrupt("a frame longer than its chunk"));
  });
});

describe("a picture is taken", () => {
  const take = (...chunks: readonly Uint8Array[]) => {
    const picture = takePicture(bytes(7, 7, ...chunks), 2);
    return picture.ok ? picture.value : picture.error;
  };

  test("with the alpha before or behind it, up to what is neither", () => {
    const [alphaEnd, end] = [2 + alpha.length, 2 + alpha.length + lossy.length];
    expect(take(alpha, lossy, unknown)).toMatchObject({
      end,
      isLate: false,
      image: { type: "VP8 " },
    });
    expect(take(lossy, alpha, unknown)).toMatchObject({
      end,
      isLate: true,
      alpha: { type: "ALPH" },
    });
    expect(take(alpha, lossy)).toMatchObject({ end });
    expect(take(alpha, alpha, lossy)).toEqual({
      ...{ end: alphaEnd, isLate: false },
      alpha: { type: "ALPH", data: bytes(0, 1), padded: bytes(0, 1) },
    });
    expect(take(lossy, lossy)).toMatchObject({ end: 2 + lossy.length });
    expect(take(unknown, lossy)).toEqual({ end: 2, isLate: false });
    expect(take(lossless, alpha)).toMatchObject({ isLate: true, image: { type: "VP8L" } });
  });

  test("not where the chunk behind it is cut", () => {
    expect(take(lossy, unknown.subarray(0, -1))).toEqual(truncated);
    expect(take(lossy.subarray(0, -1))).toEqual(truncated);
  });
});

test("chunks are listed up to as many as a source may have, if all are whole", () => {
  expect(readChunks(bytes(alpha, unknown))).toEqual({
    ok: true,
    value: [
      { type: "ALPH", data: bytes(0, 1), padded: bytes(0, 1) },
      { type: "abcd", data: bytes(1, 2, 3), padded: bytes(1, 2, 3, 0) },
    ],
  });
  expect(readChunks(bytes())).toEqual({ ok: true, value: [] });
  expect(readChunks(bytes(alpha, "abcd", u32(1, "little"), 1))).toEqual({
    ok: false,
    error: truncated,
  });
  const most = repeated(webpChunk("abcd", bytes()), limits.sourceChunksMax);
  expect(readChunks(most)).toMatchObject({ ok: true });
  expect(readChunks(bytes(most, alpha))).toEqual({ ok: false, error: corrupt("too many chunks") });
});
