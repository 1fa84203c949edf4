import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Decoded } from "../../../../engine/codecs/codec.ts";
import { decodeRequest, scene, storedPixels } from "../../pixels/fixtures.ts";
import { decoded, infoOf, newGifDecoder, outcome } from "../codecs.ts";

const decoder = newGifDecoder();

const RED = [255, 0, 0, 255];
const GREEN = [0, 255, 0, 255];
const BLUE = [0, 0, 255, 255];
const BLACK = [0, 0, 0, 255];
const NOTHING = [0, 0, 0, 0];
const GLOBAL_PALETTE = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];

interface Frame {
  readonly at?: readonly [number, number];
  readonly size: readonly [number, number];
  readonly indices: readonly number[];
  readonly interlaced?: boolean;
  readonly palette?: readonly number[];
  readonly clearIndex?: number;
}

const uint16 = (value: number) => [value & 255, value >> 8];

/** Four colours, codes of three bits, cleared before they would grow. */
function writeGif(screen: readonly [number, number], frames: readonly Frame[]): Uint8Array {
  const body = frames.flatMap((frame) => {
    const control =
      frame.clearIndex === undefined ? [] : [0x21, 0xf9, 4, 1, 0, 0, frame.clearIndex, 0];
    const flags = (frame.palette ? 0x81 : 0) | (frame.interlaced ? 0x40 : 0);
    const descriptor = [...(frame.at ?? [0, 0]), ...frame.size].flatMap(uint16);
    const codes = lzw(frame.indices);
    return [
      ...control,
      0x2c,
      ...descriptor,
      flags,
      ...(frame.palette ?? []),
      2,
      codes.length,
      ...codes,
      0,
    ];
  });
  const header = [...Buffer.from("GIF89a"), ...screen.flatMap(uint16), 0x81, 0, 0];
  return Uint8Array.from([...header, ...GLOBAL_PALETTE, ...body, 0x3b]);
}

function lzw(indices: readonly number[]): readonly number[] {
  const codes = indices.flatMap((index, at) => (at % 2 === 0 ? [4, index] : [index]));
  return packed([...codes, 5]);
}

function packed(codes: readonly number[]): readonly number[] {
  const bits = codes.reduce((sum, code, at) => sum | (BigInt(code) << BigInt(at * 3)), 0n);
  return Array.from({ length: Math.ceil((codes.length * 3) / 8) }, (_, at) =>
    Number((bits >> BigInt(at * 8)) & 255n),
  );
}

/** Four pixels wide, with a frame of these codes: 4 clears, 5 ends. */
function withCodes(...codes: readonly number[]): Uint8Array {
  const data = packed(codes);
  const start = writeGif([4, 1], [{ size: [4, 1], indices: [] }]).subarray(0, codeSizeAt + 1);
  return Uint8Array.from([...start, data.length, ...data, 0, 0x3b]);
}

const codeSizeAt = 35;

describe("the first frame is drawn on its screen", () => {
  test.each([
    ["whole", [2, 1], [{ size: [2, 1], indices: [1, 2] }], [RED, GREEN]],
    [
      "with its own palette",
      [1, 1],
      [{ size: [1, 1], indices: [1], palette: [0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0] }],
      [BLUE],
    ],
    [
      "with a transparent colour",
      [2, 1],
      [{ size: [2, 1], indices: [1, 2], clearIndex: 2 }],
      [RED, NOTHING],
    ],
    [
      "black where it does not reach",
      [3, 1],
      [{ at: [1, 0], size: [1, 1], indices: [3] }],
      [BLACK, BLUE, BLACK],
    ],
    [
      "nothing where it does not reach, if the file knows transparency",
      [2, 1],
      [
        { size: [1, 1], indices: [3] },
        { size: [1, 1], indices: [0], clearIndex: 0 },
      ],
      [BLUE, NOTHING],
    ],
    [
      "on a screen that grows for it",
      [1, 1],
      [{ at: [1, 0], size: [1, 1], indices: [2] }],
      [BLACK, GREEN],
    ],
    [
      "rows interlaced",
      [1, 5],
      [{ size: [1, 5], indices: [0, 1, 2, 3, 1], interlaced: true }],
      // Stored: every 8th row, every 8th from 4, every 4th from 2, every 2nd from 1.
      [BLACK, BLUE, GREEN, RED, RED],
    ],
  ] as const)("%s", (_, screen, frames, expected) => {
    expect([...decoded(decoder, writeGif(screen, frames)).rgba]).toEqual(expected.flat());
  });

  test("as libvips reads what libvips wrote", async () => {
    const raw = { width: 300, height: 200, channels: 4 } as const;
    const gif = await sharp(scene(300, 200), { raw }).gif().toBuffer();
    const theirs = await sharp(gif).ensureAlpha().raw().toBuffer();
    expect(Buffer.compare(decoded(decoder, gif).rgba, theirs)).toBe(0);
  });
});

const first = { size: [4, 1], indices: [1, 2, 3, 0] } as const;
const gif = writeGif([4, 1], [first]);
const shown = [RED, GREEN, BLUE, BLACK].flat();

describe("the first frame is shown as browsers show it", () => {
  const twoFrames = writeGif([4, 1], [first, first]);

  test("whatever follows it, or does not", () => {
    for (let length = gif.length - 1; length <= twoFrames.length; length++) {
      expect([...decoded(decoder, twoFrames.subarray(0, length)).rgba], `${length}`).toEqual(shown);
    }
    const noBlock = twoFrames.with(gif.length - 1, 0x99);
    expect([...decoded(decoder, noBlock).rgba]).toEqual(shown);
  });

  test("with too few codes: the rest of it stays as it was", () => {
    const short = writeGif([4, 1], [{ size: [4, 1], indices: [1, 2] }]);
    expect([...decoded(decoder, short).rgba]).toEqual([RED, GREEN, BLACK, BLACK].flat());
  });

  test("at the screen's size where its own is nothing", () => {
    const sizeless = writeGif([4, 1], [{ size: [0, 1], indices: [1, 2, 3, 0] }]);
    expect([...decoded(decoder, sizeless).rgba]).toEqual(shown);
  });

  test("with codes of a single bit, as libvips reads them", async () => {
    const codes = [2, 0, 1, 1, 0, 1, 0, 0, 1, 3];
    const bits = codes.reduce((sum, code, at) => sum | (code << (at * 2)), 0);
    const data = [bits & 255, (bits >> 8) & 255, (bits >> 16) & 255];
    const frame = [0x2c, 0, 0, 0, 0, 4, 0, 2, 0, 0, 1, data.length, ...data, 0, 0x3b];
    const header = [...Buffer.from("GIF89a"), 4, 0, 2, 0, 0x80, 0, 0, 9, 9, 9, 200, 100, 50];
    const file = Uint8Array.from([...header, ...frame]);
    const theirs = await sharp(file).ensureAlpha().raw().toBuffer();
    expect(Buffer.compare(decoded(decoder, file).rgba, theirs)).toBe(0);
  });
});

describe("in part, where that is asked for", () => {
  const open = (bytes: Uint8Array, partial: boolean) => {
    const info = infoOf("gif", 4, 1);
    const read = decoder.decode(bytes, { ...decodeRequest(info), partial });
    return read.ok ? read.value : read.error.reason;
  };
  const damaged = withCodes(4, 1, 2, 4, 5);

  test("a first frame that is cut or damaged is shown as far as it goes, and said to be so", () => {
    for (const bytes of [gif.subarray(0, -2), damaged]) {
      expect(open(bytes, true)).toMatchObject({ samples: "pixels", partial: true });
      expect(open(bytes, false)).toMatch(/image$/);
    }
    const { rgba } = storedPixels({
      ...(open(damaged, true) as Decoded),
      ...{ info: infoOf("gif", 4, 1), shrink: 1 },
    });
    expect([...rgba]).toEqual([RED, GREEN, BLACK, BLACK].flat());
  });

  test("a whole one is not said to be", () => {
    expect(open(gif, true)).not.toHaveProperty("partial");
    expect(open(gif, true)).toMatchObject({ bitmap: { opaque: true } });
  });
});

test("the screen is opaque unless a frame of the file has a transparent colour", () => {
  const screen = [3, 2] as const;
  const corner = { at: [2, 1], size: [1, 1], indices: [1] } as const;
  const opaque = decoded(decoder, writeGif(screen, [corner]));
  expect(opaque.hasAlpha).toBe(false);
  expect([...opaque.rgba]).toEqual([BLACK, BLACK, BLACK, BLACK, BLACK, RED].flat());
  const clear = decoded(decoder, writeGif(screen, [{ ...corner, clearIndex: 0 }]));
  expect(clear.hasAlpha).toBe(true);
  expect([...clear.rgba]).toEqual([...Array.from({ length: 5 }, () => NOTHING), RED].flat());
});

const frameAt = 25;
const withEmptyControl = Uint8Array.from([
  ...gif.subarray(0, frameAt),
  ...[0x21, 0xf9, 0],
  ...gif.subarray(frameAt),
]);

describe("a GIF whose first frame is not whole is refused", () => {
  test("cut anywhere in it", () => {
    for (let length = 6; length < gif.length - 1; length++) {
      expect(outcome(decoder, gif.subarray(0, length)), `${length}`).toBe("truncated_image");
    }
  });

  test.each([
    ["no frame", writeGif([1, 1], []), "corrupt_image"],
    ["a frame of nothing", writeGif([0, 1], [{ size: [0, 1], indices: [] }]), "corrupt_image"],
    ["a code before its time", gif.with(37, 0xff), "corrupt_image"],
    ["an end where its codes must begin", withCodes(5), "corrupt_image"],
    ["an end directly behind a clear code", withCodes(4, 1, 4, 5), "corrupt_image"],
    ["an empty graphic control before it", withEmptyControl, "corrupt_image"],
    ["codes of no bits", withCodes(4, 1).with(codeSizeAt, 0), "corrupt_image"],
    ["codes of 9 bits", withCodes(4, 1).with(codeSizeAt, 9), "corrupt_image"],
    [
      "a frame of 4 gigapixels",
      writeGif([1, 1], [{ size: [65_535, 65_535], indices: [0] }]),
      "image_too_large",
    ],
  ] as const)("%s", (_, bytes, reason) => {
    expect(outcome(decoder, bytes)).toBe(reason);
  });
});
