import { describe, expect, test } from "vitest";
import { joinWebp, readAnimation } from "../../../../engine/codecs/webp/animation.ts";
import { exifInWebp } from "../../../../engine/codecs/webp/exif.ts";
import { extendedHeader } from "../../../../engine/codecs/webp/riff.ts";
import { withIcc } from "../../../../engine/codecs/webp/with-icc.ts";
import {
  bytes,
  u16,
  webp,
  webpCanvas,
  webpChanged,
  webpChunk,
  webpFlags,
  webpFrame,
  webpLossless,
  webpLossy,
} from "../../../core/image/made-headers.ts";

const { animation, alpha: hasAlpha, icc: hasIcc } = webpFlags;
const [lossy, lossless] = [webpLossy(24, 16), webpLossless(24, 16)];
/** Of an odd length. */
const alpha = webpChunk("ALPH", bytes(0, 1, 2));
const control = (plays: number) => webpChunk("ANIM", bytes(0, 0, 0, 0, u16(plays, "little")));
/** A frame's header byte of flags, and its time. */
const shown = (frame: Uint8Array, flags: number, ...delay: readonly number[]) =>
  webpChanged(frame, 12, ...delay, flags);

describe("an animation is read", () => {
  test("with its frames' places, times and ways of being shown", () => {
    const canvas = webpCanvas(animation, 0x1000, 0x1000);
    const first = shown(webpFrame({ left: 0x206, top: 0x408 }, lossy), 0, 0x03, 0x02, 0x01);
    const second = shown(webpFrame({}, lossless), 3, 50, 0, 0);
    const third = shown(webpFrame({}, lossless), 2, 0, 0, 0);
    const read = readAnimation(webp(canvas, control(0x102), first, second, third));
    if (!read.ok) throw new Error("refused");
    expect(read.value.plays).toBe(0x102);
    expect([...read.value.frames]).toMatchObject([
      {
        value: { left: 0x206, top: 0x408, delayMillis: 0x10203, isBlended: true, disposal: "keep" },
      },
      { value: { left: 0, top: 0, delayMillis: 50, isBlended: false, disposal: "clear" } },
      { value: { isBlended: false, disposal: "keep", bitstream: { lossless: true, width: 24 } } },
    ]);
  });

  test("as far as the file says it goes, each frame when it is asked for", () => {
    const broken = webpFrame({}, webpLossy(0, 16));
    const file = webp(webpCanvas(animation, 24, 16), control(0), webpFrame({}, lossy), broken);
    const read = readAnimation(bytes(file, lossy));
    expect(read.ok && read.value.plays).toBe(0);
    expect(read.ok && [...read.value.frames].map(({ ok }) => ok)).toEqual([true, false]);
    expect(readAnimation(webp(webpCanvas(animation, 24, 16)))).toMatchObject({
      value: { plays: 0 },
    });
    expect(readAnimation(file.subarray(0, -4))).toMatchObject({
      error: { reason: "truncated_image" },
    });
  });
});

describe("still files are joined to an animation", () => {
  const frame = (picture: Uint8Array, ...delay: readonly number[]) =>
    shown(webpFrame({ width: 24, height: 16 }, picture), 2, ...delay);

  test("whose frames each take the place of the last", () => {
    const files = [
      // A view into something larger.
      { file: bytes(7, 7, webp(lossy)).subarray(2), delayMillis: 0x10203 },
      { file: webp(lossless), delayMillis: 2e9 },
    ];
    expect(joinWebp(files, { plays: 0x102 })).toEqual(
      webp(
        ...[webpCanvas(animation, 24, 16), control(0x102)],
        ...[frame(lossy, 3, 2, 1), frame(lossless, 255, 255, 255)],
      ),
    );
  });

  test("with their alpha and a profile, and nothing else of them", () => {
    const file = webp(
      ...[webpCanvas(hasAlpha | hasIcc, 24, 16), webpChunk("ICCP", bytes("own")), alpha, lossy],
      webpChunk("EXIF", bytes("secret")),
    );
    const files = [
      { file: webp(lossy), delayMillis: 1 },
      { file, delayMillis: 0 },
    ];
    expect(joinWebp(files, { plays: 1e6, icc: bytes("icc") })).toEqual(
      webp(
        webpCanvas(animation | hasAlpha | hasIcc, 24, 16),
        webpChunk("ICCP", bytes("icc")),
        control(0xffff),
        ...[frame(lossy, 1, 0, 0), frame(bytes(alpha, lossy), 0, 0, 0)],
      ),
    );
  });

  test("which are WebPs of one size; of none an animation of nothing is made", () => {
    expect(() => joinWebp([{ file: bytes("none"), delayMillis: 0 }], { plays: 0 })).toThrow(
      "own output",
    );
    expect(joinWebp([], { plays: 0 })).toEqual(webp(webpCanvas(animation, 1, 1), control(0)));
  });
});

describe("a profile is put into a file", () => {
  test("before its picture, with alpha where it has some", () => {
    const icc = webpChunk("ICCP", bytes("icc"));
    const clear = lossless.with(12, 0x10);
    expect(withIcc(webp(lossy), bytes("icc"))).toEqual(
      webp(webpCanvas(hasIcc, 24, 16), icc, lossy),
    );
    expect(withIcc(webp(clear), bytes("icc"))).toEqual(
      webp(webpCanvas(hasIcc | hasAlpha, 24, 16), icc, clear),
    );
    const extended = webp(webpCanvas(hasAlpha, 24, 16), alpha, lossy);
    expect(withIcc(extended, bytes("icc"))).toEqual(
      webp(webpCanvas(hasIcc | hasAlpha, 24, 16), icc, alpha, lossy),
    );
  });

  test("that is a WebP", () => {
    expect(() => withIcc(bytes("none"), bytes("icc"))).toThrow("own output");
  });
});

test("a canvas has 24 bits for each side", () => {
  const size = { width: 0x123456, height: 0xabcdef };
  expect(extendedHeader(size, 0x12)).toEqual(webpCanvas(0x12, size.width, size.height));
  expect(extendedHeader({ width: 65_536, height: 1 }, 0)).toEqual(webpCanvas(0, 65_536, 1));
});

test("EXIF blocks are the chunks of that name, up to the end that the file states", () => {
  const found = (file: Uint8Array) =>
    [...exifInWebp(file)].map((block) => Buffer.from(block).toString());
  const [one, two] = [webpChunk("EXIF", bytes("one")), webpChunk("EXIF", bytes("two"))];
  const file = webp(webpCanvas(8, 24, 16), one, webpChunk("XMP ", bytes("one")), lossy, two);
  expect(found(bytes(file, one))).toEqual(["one", "two"]);
  expect(found(webp(one, two.subarray(0, -1)))).toEqual([]);
  for (const length of [0, 11, 12]) expect(found(file.subarray(0, length))).toEqual([]);
});
