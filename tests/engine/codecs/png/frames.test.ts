import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { pngFrames, readPlays } from "../../../../engine/codecs/png/frames.ts";
import {
  bytes,
  png,
  pngChunk,
  pngHeader,
  repeated,
  u16,
  u32,
} from "../../../core/image/made-headers.ts";
import { withWrongCrc } from "./fixture.ts";

interface Control {
  readonly width?: number;
  readonly height?: number;
  readonly left?: number;
  readonly top?: number;
  readonly delay?: readonly [number, number];
  readonly disposal?: number;
  readonly blend?: number;
}
const control = (own: Control = {}) => {
  const {
    width = 24,
    height = 16,
    left = 0,
    top = 0,
    delay = [1, 10],
    disposal = 0,
    blend = 0,
  } = own;
  const sides = [u32(width), u32(height), u32(left), u32(top)];
  return pngChunk(
    "fcTL",
    bytes(u32(0), ...sides, ...delay.map((each) => u16(each)), disposal, blend),
  );
};
const [header, idat, end] = [pngHeader(), pngChunk("IDAT", bytes("a")), pngChunk("IEND")];
const fdat = (data: string) => pngChunk("fdAT", bytes(u32(1), data));
const acTL = pngChunk("acTL", bytes(u32(2), u32(7)));

const framesIn = (framesMax: number, ...chunks: readonly Uint8Array[]) => [
  ...pngFrames(png(...chunks), framesMax),
];
/** What is wrong, behind how many frames. */
const refusalIn = (framesMax: number, ...chunks: readonly Uint8Array[]) => {
  const frames = framesIn(framesMax, ...chunks);
  const last = frames.at(-1);
  return [frames.length - 1, last?.ok === false ? last.error : "whole"];
};
const corrupt = (detail: string) => ({ reason: "corrupt_image", detail });
const outside = corrupt("a frame outside of the picture");

test("how often an animation is shown stands in acTL, before the pixels", () => {
  expect(readPlays(png(header, pngChunk("tEXt"), acTL, idat))).toBe(7);
  expect(readPlays(png(header, pngChunk("acTL", u32(2)), acTL, idat))).toBe(7);
  expect(readPlays(png(header, pngChunk("tEXt", bytes(u32(2), u32(7))), idat))).toBeUndefined();
  expect(readPlays(png(header, idat, acTL))).toBeUndefined();
  expect(readPlays(png(header))).toBeUndefined();
});

describe("frames are files of their own", () => {
  test("with the chunks that all share, their own size and their own data", () => {
    const shared = ["PLTE", "tRNS", "iCCP"].map((type) => pngChunk(type, bytes(1, 2, 3)));
    const small = control({ width: 5, height: 4, left: 19, top: 12 });
    const [first, second, ...more] = framesIn(
      2,
      ...[header, acTL, ...shared, pngChunk("tEXt"), control(), idat, pngChunk("IDAT", bytes("b"))],
      ...[small, pngChunk("tEXt", bytes("text between")), fdat("c"), fdat("d"), end],
    );
    const file = (size: object, data: string) =>
      png(pngHeader(size), ...shared, pngChunk("IDAT", bytes(data)), end);
    expect(first).toMatchObject({ ok: true, value: { file: file({}, "ab") } });
    expect(second).toMatchObject({ value: { file: file({ width: 5, height: 4 }, "cd") } });
    expect(second).toMatchObject({ value: { width: 5, height: 4, left: 19, top: 12 } });
    expect(more).toEqual([]);
  });

  test("without a picture that stands before the first of them", () => {
    const frames = framesIn(1, header, acTL, idat, control(), fdat("c"), end);
    expect(frames).toMatchObject([
      { value: { file: png(header, pngChunk("IDAT", bytes("c")), end) } },
    ]);
    expect(framesIn(1, header, fdat("b"), control(), fdat("c"), end)).toEqual(frames);
  });

  test("up to as many as acTL says, and made when they are asked for", () => {
    const frames = pngFrames(png(header, control(), idat, control(), fdat("c")), 9);
    expect(frames.next().value).toMatchObject({ ok: true });
    const two = [header, control(), idat, control(), fdat("b"), end];
    expect(framesIn(1, ...two)).toHaveLength(1);
    expect(framesIn(0, ...two)).toEqual([]);
  });

  test("that are shown as their control says", () => {
    const shown = (own: Control) => {
      const [frame] = framesIn(1, header, control(own), idat, end);
      if (!frame?.ok) throw new Error("no frame");
      const { delayMillis, disposal, isBlended } = frame.value;
      return { delayMillis, disposal, isBlended };
    };
    expect(shown({ delay: [300, 1000] })).toEqual({
      delayMillis: 300,
      disposal: "keep",
      isBlended: false,
    });
    expect(shown({ delay: [2, 3] }).delayMillis).toBe(667);
    expect(shown({ delay: [0x102, 0x101] }).delayMillis).toBe(1004);
    // Without a unit, hundredths of a second.
    expect(shown({ delay: [5, 0] }).delayMillis).toBe(50);
    expect([0, 1, 2, 3].map((disposal) => shown({ disposal }).disposal)).toEqual([
      "keep",
      "clear",
      "restore",
      "keep",
    ]);
    expect([0, 1, 2].map((blend) => shown({ blend }).isBlended)).toEqual([false, true, false]);
  });
});

describe("there are no more frames", () => {
  test("where one lies outside of the picture, or has no size", () => {
    const refusal = (own: Control) => refusalIn(1, header, control(own), idat, end)[1];
    expect(refusal({ width: 23, left: 1, height: 15, top: 1 })).toBe("whole");
    const others: Control[] = [
      { width: 0 },
      { height: 0 },
      { width: 24, left: 1 },
      { height: 16, top: 1 },
    ];
    for (const own of others) expect(refusal(own)).toEqual(outside);
  });

  test("where a control has another length, or stands before the header", () => {
    const long = pngChunk("fcTL", bytes(control().subarray(8, -4), 0));
    expect(refusalIn(1, header, long, idat, end)).toEqual([0, outside]);
    expect(refusalIn(1, control(), header, idat, end)).toEqual([0, outside]);
  });

  test("where one is damaged, cut off, or missing", () => {
    const first = [header, control(), idat];
    expect(refusalIn(2, ...first, withWrongCrc(control()), fdat("b"), end)).toEqual([
      1,
      corrupt("CRC of fcTL"),
    ]);
    expect(refusalIn(2, ...first, control(), withWrongCrc(fdat("b")), end)).toEqual([
      1,
      corrupt("CRC of fdAT"),
    ]);
    // That of the pixels is the decoder's to check.
    expect(framesIn(1, header, control(), withWrongCrc(idat), end)).toMatchObject([{ ok: true }]);
    expect(refusalIn(2, ...first, control())).toEqual([
      1,
      { reason: "truncated_image", detail: "between chunks" },
    ]);
    expect(refusalIn(2, ...first, end, control(), fdat("b"), end)).toEqual([
      1,
      { reason: "truncated_image", detail: "1 frames of 2" },
    ]);
    expect(refusalIn(2, ...first, control(), control(), end)).toEqual([
      1,
      { reason: "truncated_image", detail: "1 frames of 2" },
    ]);
  });

  test("behind as many chunks as a source may have", () => {
    const text = pngChunk("tEXt");
    const with3 = (times: number) =>
      framesIn(1, header, control(), idat, repeated(text, times), end).map(({ ok }) => ok);
    expect(with3(limits.sourceChunksMax - 4)).toEqual([true]);
    expect(with3(limits.sourceChunksMax - 3)).toEqual([false]);
  });
});
