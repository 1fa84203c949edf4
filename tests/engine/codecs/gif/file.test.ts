import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { codesOf, readGif, type GifFrame } from "../../../../engine/codecs/gif/file.ts";
import { bytes, repeated, u16 } from "../../../core/image/made-headers.ts";

interface Screen {
  readonly width?: number;
  readonly height?: number;
  readonly palette?: Uint8Array;
}
const colours = (count: number, from = 0) =>
  Uint8Array.from({ length: 3 * count }, (_, index) => index + from);
/** A flag for a palette of so many colours. */
const paletteFlag = (palette: Uint8Array) =>
  palette.length === 0 ? 0 : 0x80 | (Math.log2(palette.length / 3) - 1);
const le = (value: number) => u16(value, "little");

function gif(
  { width = 9, height = 7, palette = colours(2) }: Screen,
  ...blocks: readonly Uint8Array[]
) {
  return bytes("GIF89a", le(width), le(height), paletteFlag(palette), 0, 0, palette, ...blocks);
}
interface Picture {
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
  readonly flags?: number;
  readonly palette?: Uint8Array;
  readonly codeBits?: number;
  readonly data?: Uint8Array;
}
const data = bytes(2, 0xaa, 0xbb, 1, 0xcc, 0);
function picture(own: Picture = {}): Uint8Array {
  const {
    left = 0,
    top = 0,
    width = 9,
    height = 7,
    palette = new Uint8Array(0),
    codeBits = 2,
  } = own;
  const flags = (own.flags ?? 0) | paletteFlag(palette);
  return bytes(
    0x2c,
    ...[left, top, width, height].map(le),
    flags,
    palette,
    codeBits,
    own.data ?? data,
  );
}
const extension = (label: number, ...block: readonly (number | string | Uint8Array)[]) => {
  const content = bytes(...block);
  return bytes(0x21, label, content.length, content, 0);
};
const control = (flags: number, delay = 0, clear = 0) => extension(0xf9, flags, le(delay), clear);
const netscape = (name: string, ...block: readonly (number | Uint8Array)[]) => {
  const content = bytes(...block);
  return bytes(0x21, 0xff, 11, name, content.length, content, 0);
};
const trailer = bytes(0x3b);

function fileOf(file: Uint8Array, partial = false) {
  const read = readGif(file, partial);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}
const firstOf = (...blocks: readonly Uint8Array[]) => fileOf(gif({}, ...blocks, trailer)).frames[0];
const refusalOf = (file: Uint8Array) => {
  const read = readGif(file);
  return read.ok ? "read" : read.error;
};
const corrupt = (detail: string) => ({ reason: "corrupt_image", detail });
const truncated = (detail: string) => ({ reason: "truncated_image", detail });

describe("a frame", () => {
  test("has its place, its palette or the file's, and its codes", () => {
    expect(firstOf(picture({ left: 1, top: 2, width: 3, height: 4, codeBits: 5 }))).toEqual({
      ...{ left: 1, top: 2, width: 3, height: 4, interlaced: false, palette: colours(2) },
      ...{ clearIndex: -1, delayMillis: 0, disposal: "keep", codeBits: 5, data, isCut: false },
    });
    expect(firstOf(picture({ width: 0x102, height: 0x103, flags: 0x40 }))).toMatchObject({
      ...{ width: 0x102, height: 0x103, interlaced: true },
    });
    for (const count of [2, 8, 256]) {
      const palette = colours(count, 50);
      expect(firstOf(picture({ palette }))).toMatchObject({ palette, data, interlaced: false });
    }
  });

  test("has the transparency, the delay and the disposal of the control before it", () => {
    const shown = (...blocks: readonly Uint8Array[]) => {
      const { clearIndex, delayMillis, disposal } = firstOf(...blocks, picture());
      return [clearIndex, delayMillis, disposal];
    };
    expect(shown(control(1, 0x102, 3))).toEqual([3, 2580, "keep"]);
    expect(shown(control(0, 5, 3))).toEqual([-1, 50, "keep"]);
    const disposals = [0, 1, 2, 3, 4, 7].map((method) => shown(control(method << 2))[2]);
    expect(disposals).toEqual(["keep", "keep", "clear", "restore", "keep", "keep"]);
    expect(shown(control(1, 0, 3), control(0))).toEqual([-1, 0, "keep"]);
    // One that is longer is read, one that is shorter is not, nor another extension of its length.
    expect(shown(extension(0xf9, 1, le(0), 3, 9))[0]).toBe(3);
    expect(shown(extension(0xf9, 1, le(0)))[0]).toBe(-1);
    expect(shown(extension(0xfe, 1, le(0), 3))[0]).toBe(-1);
  });

  test("does not have what a control said of another", () => {
    const { frames, hasAlpha } = fileOf(gif({}, control(1, 5, 0), picture(), picture(), trailer));
    expect(frames.map(({ clearIndex, delayMillis }) => [clearIndex, delayMillis])).toEqual([
      [0, 50],
      [-1, 0],
    ]);
    expect(hasAlpha).toBe(true);
    expect(fileOf(gif({}, control(0, 5, 3), picture(), trailer)).hasAlpha).toBe(false);
  });

  test("without a width or a height has the screen's", () => {
    for (const size of [{ width: 0 }, { height: 0 }])
      expect(firstOf(picture({ ...size, left: 1 }))).toMatchObject({
        width: 9,
        height: 7,
        left: 1,
      });
    expect(firstOf(picture({ width: 1, height: 1 }))).toMatchObject({ width: 1, height: 1 });
  });

  test("gives its codes out of their sub-blocks", () => {
    expect(codesOf(firstOf(picture()))).toEqual(bytes(0xaa, 0xbb, 0xcc));
    const cut = { ...firstOf(picture()), data: bytes(2, 1, 2, 5, 3, 4) } satisfies GifFrame;
    expect(codesOf(cut)).toEqual(bytes(1, 2, 3, 4));
  });
});

describe("the screen", () => {
  test("grows to the right and down where the first frame overhangs it", () => {
    const sized = (own: Picture) =>
      fileOf(gif({}, picture(own), picture({ left: 50 }), trailer)).screen;
    expect(sized({})).toEqual({ width: 9, height: 7 });
    expect(sized({ left: 5, width: 4, top: 3, height: 4 })).toEqual({ width: 9, height: 7 });
    expect(sized({ left: 5, width: 5, top: 3, height: 5 })).toEqual({ width: 10, height: 8 });
    const large = gif({ width: 0x102, height: 0x103 }, picture(), trailer);
    expect(fileOf(large).screen).toEqual({ width: 0x102, height: 0x103 });
  });

  test("and a frame have at most as many pixels as a source may have", () => {
    const [width, height] = [1000, limits.sourcePixelsMax / 1000];
    expect(refusalOf(gif({}, picture({ width, height }), trailer))).toBe("read");
    const more = { width: 1000, height: height + 1 };
    expect(refusalOf(gif({}, picture(more), trailer))).toEqual({
      ...{ reason: "image_too_large", detail: "pixels of a frame over the limit", ...more },
    });
    expect(refusalOf(gif(more, picture({ width: 1, height: 1 }), trailer))).toEqual({
      ...{ reason: "image_too_large", detail: "pixels of the screen over the limit", ...more },
    });
  });
});

describe("an animation is shown", () => {
  const plays = (...blocks: readonly Uint8Array[]) =>
    fileOf(gif({}, ...blocks, picture(), trailer)).plays;

  test("once more than it is repeated, or without end", () => {
    expect(plays(netscape("NETSCAPE2.0", 1, le(0x102)))).toBe(0x103);
    expect(plays(netscape("ANIMEXTS1.0", 1, le(1)))).toBe(2);
    expect(plays(netscape("NETSCAPE2.0", 1, le(0)))).toBe(0);
    expect(plays(netscape("NETSCAPE2.0", 1, le(4), 0))).toBe(5);
  });

  test("once where nothing says so", () => {
    expect(plays()).toBe(1);
    expect(plays(netscape("NETSCAPE9.0", 1, le(5)))).toBe(1);
    expect(plays(netscape("NETSCAPE2.0", 2, le(5)))).toBe(1);
    expect(plays(netscape("NETSCAPE2.0", 1, 5))).toBe(1);
    expect(plays(bytes(0x21, 0xff, 11, "NETSCAPE2.0", 0), bytes(0x21, 0xfe, 0))).toBe(1);
    expect(plays(bytes(0x21, 0xfe, 11, "NETSCAPE2.0", 3, 1, le(5), 0))).toBe(1);
    expect(plays(bytes(0x21, 0xff, 12, "NETSCAPE2.0", 3, 3, 1, le(5), 0))).toBe(1);
    expect(plays(bytes(0x21, 0xff, 12, "NETSCAPE2.0", 3, 1, 5, 0))).toBe(1);
    // What does not say so does not take back what did.
    expect(plays(netscape("NETSCAPE2.0", 1, le(1)), netscape("NETSCAPE2.0", 2, le(5)))).toBe(2);
  });
});

describe("before its first frame is whole a GIF is refused", () => {
  test("with another version", () => {
    for (const version of ["GIF88a", "GIF8", "JPEG.."])
      expect(refusalOf(bytes(version, new Uint8Array(20)))).toEqual({
        reason: "unsupported_format",
      });
    expect(refusalOf(bytes("GIF87a", gif({}, picture(), trailer).subarray(6)))).toBe("read");
  });

  test("cut anywhere, which its reason tells", () => {
    const file = gif({}, control(0), picture(), trailer);
    const reasonAt = (length: number) => refusalOf(file.subarray(0, length));
    for (const length of [6, 12])
      expect(reasonAt(length)).toEqual(truncated("inside the screen descriptor"));
    for (const length of [13, 19]) expect(reasonAt(length)).toEqual(truncated("no trailer"));
    for (const length of [20, 25, 26])
      expect(reasonAt(length)).toEqual(truncated("inside a block"));
    expect(reasonAt(27)).toEqual(truncated("no trailer"));
    for (const length of [28, 37])
      expect(reasonAt(length)).toEqual(truncated("inside an image descriptor"));
    for (const length of [38, 43]) expect(reasonAt(length)).toEqual(truncated("inside a frame"));
    expect(reasonAt(44)).toBe("read");
  });

  test("where a block makes no sense", () => {
    expect(refusalOf(gif({}, bytes(0x99)))).toEqual(corrupt("unknown block 0x99"));
    expect(refusalOf(gif({}, trailer))).toEqual(corrupt("no frame"));
    expect(refusalOf(gif({}, bytes(0x21, 0xf9, 0), picture()))).toEqual(
      corrupt("an empty graphic control"),
    );
    expect(refusalOf(gif({}, bytes(0x21, 0xfe, 0), picture()))).toBe("read");
    expect(refusalOf(gif({ palette: bytes() }, picture()))).toEqual(corrupt("no palette"));
    expect(refusalOf(gif({ palette: bytes() }, picture({ palette: colours(2) })))).toBe("read");
    for (const codeBits of [1, 8]) expect(refusalOf(gif({}, picture({ codeBits })))).toBe("read");
    for (const codeBits of [0, 9])
      expect(refusalOf(gif({}, picture({ codeBits })))).toEqual(corrupt("LZW code size"));
    for (const size of [{ width: 0 }, { height: 0 }])
      expect(refusalOf(gif(size, picture(size)))).toEqual(corrupt("a frame without pixels"));
  });
});

describe("behind its first frame", () => {
  const behind = (...blocks: readonly Uint8Array[]) => {
    const { frames, damage } = fileOf(gif({}, picture(), ...blocks));
    return [frames.length, damage];
  };

  test("the file's end, and bytes that are no block, count as a trailer", () => {
    for (const end of [bytes(), trailer, bytes(0x99, picture()), bytes(trailer, picture())])
      expect(behind(end)).toEqual([1, undefined]);
    expect(behind(extension(0xfe, "x"), picture(), trailer)).toEqual([2, undefined]);
  });

  test("a block that is cut off or makes no sense is damage", () => {
    expect(behind(picture().subarray(0, -1))).toEqual([1, truncated("inside a frame")]);
    expect(behind(picture().subarray(0, 5))).toEqual([1, truncated("inside an image descriptor")]);
    expect(behind(control(0).subarray(0, 4))).toEqual([1, truncated("inside a block")]);
    expect(behind(picture({ codeBits: 9 }), picture())).toEqual([1, corrupt("LZW code size")]);
  });

  test("there are at most as many frames as a source may have", () => {
    const frames = repeated(picture({ width: 1, height: 1 }), limits.sourceFramesMax);
    expect(behind(frames, trailer)).toEqual([limits.sourceFramesMax, undefined]);
  });
});

test("a first frame that the file's end cuts off is given where that is asked for", () => {
  const cut = gif({}, picture()).subarray(0, -2);
  expect(refusalOf(cut)).toEqual(truncated("inside a frame"));
  expect(fileOf(cut, true).frames).toMatchObject([{ isCut: true, data: data.subarray(0, -2) }]);
  expect(fileOf(gif({}, picture()), true).frames).toMatchObject([{ isCut: false }]);
  const later = fileOf(gif({}, picture(), picture()).subarray(0, -2), true);
  expect([later.frames.length, later.damage]).toEqual([1, truncated("inside a frame")]);
  const noCodes = gif({}, picture({ data: bytes() }));
  expect(readGif(noCodes, true)).toEqual({ ok: false, error: truncated("inside a frame") });
});
