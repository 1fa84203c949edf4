import { describe, expect, test } from "vitest";
import { JpegReader, readFrame } from "../../../../../engine/codecs/jpeg/syntax/header.ts";
import { bytes, frameHeader, jpeg, segment, u16 } from "../../../../core/image/made-headers.ts";

const jfif = segment(0xe0, bytes("JFIF\0", 1, 1));
const adobe = (transform: number) => segment(0xee, bytes("Adobe", 0, 100, 0, 0, 0, 0, transform));
const divisors = (head: number, value: Uint8Array) =>
  segment(0xdb, bytes(head, ...Array.from({ length: 64 }, () => value)));
/** `codes` of 1, 2, … 16 bits, and as many symbols. */
const huffman = (head: number, ...codes: number[]) => {
  const count = codes.reduce((sum, each) => sum + each, 0);
  const lengths = Uint8Array.from({ length: 16 }, (_, k) => codes[k] ?? 0);
  return segment(
    0xc4,
    bytes(
      head,
      lengths,
      Uint8Array.from({ length: count }, (_, k) => k),
    ),
  );
};
/** Components as their ids and tables, then the band and its bits. */
const scanOf = (components: readonly (readonly [number, number])[], ...band: number[]) =>
  segment(
    0xda,
    bytes(components.length, ...components.flat(), ...(band.length ? band : [0, 63, 0])),
  );
const grey = scanOf([[1, 0]]);
const three = scanOf([
  [1, 0],
  [2, 0x11],
  [3, 0x11],
]);
const greyFrame = frameHeader({ sampling: [0x11] });
const rgbIds = [0x52, 0x47, 0x42];
const rgbFrame = segment(
  0xc0,
  bytes(8, u16(16), u16(24), 3, ...rgbIds.flatMap((id) => [id, 0x11, 0])),
);

/** What is read of a file up to its first scan. */
function read(...segments: readonly Uint8Array[]) {
  const reader = new JpegReader(jpeg(...segments));
  const scan = reader.nextScan(2);
  return { reader, scan, frame: reader.frame };
}
const isRead = (...segments: readonly Uint8Array[]) => read(...segments).scan !== undefined;

describe("the frame", () => {
  test("is the first one that makes sense, of whatever coding", () => {
    const first = frameHeader({ width: 300, height: 260, sampling: [0x21, 0x12, 0x43] });
    expect(readFrame(jpeg(jfif, first, frameHeader()))).toEqual({
      ...{ coding: "sequential", width: 300, height: 260 },
      components: [
        { id: 1, h: 2, v: 1, table: 0 },
        { id: 2, h: 1, v: 2, table: 0 },
        { id: 3, h: 4, v: 3, table: 0 },
      ],
    });
    expect(readFrame(jpeg(frameHeader({ width: 0 }), frameHeader({ width: 7 })))?.width).toBe(7);
    expect(readFrame(jpeg(jfif))).toBeUndefined();
    const codings = [
      0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
    ].map((marker) => readFrame(jpeg(frameHeader({ marker })))?.coding);
    const others = Array.from({ length: 10 }, () => "other");
    expect(codings).toEqual(["sequential", "sequential", "progressive", ...others]);
    expect(readFrame(jpeg(frameHeader({ marker: 0xc8 })))).toBeUndefined();
  });

  test("of one component has no sampling", () => {
    expect(readFrame(jpeg(frameHeader({ sampling: [0x22] })))?.components).toEqual([
      { id: 1, h: 1, v: 1, table: 0 },
    ]);
  });

  test("makes no sense without a side, with sampling that T.81 does not have, or cut short", () => {
    for (const options of [{ width: 0 }, { height: 0 }])
      expect(readFrame(jpeg(frameHeader(options)))).toBeUndefined();
    for (const sampling of [0x01, 0x10, 0x51, 0x15])
      expect(readFrame(jpeg(frameHeader({ sampling: [0x11, sampling] })))).toBeUndefined();
    for (const sampling of [0x11, 0x44])
      expect(readFrame(jpeg(frameHeader({ sampling: [0x11, sampling] })))).toBeDefined();
    for (const sampling of [[0x11], [0x11, 0x11, 0x11]]) {
      const payload = frameHeader({ sampling }).subarray(4);
      expect(readFrame(jpeg(segment(0xc0, payload)))).toBeDefined();
      expect(readFrame(jpeg(segment(0xc0, payload.subarray(0, -1))))).toBeUndefined();
    }
  });
});

describe("a reader takes", () => {
  test("grey and YCbCr, as libjpeg tells it from RGB", () => {
    expect(isRead(greyFrame, grey)).toBe(true);
    expect(isRead(frameHeader(), three)).toBe(true);
    const rgb = scanOf(rgbIds.map((id) => [id, 0]));
    expect(isRead(rgbFrame, rgb)).toBe(false);
    expect(isRead(jfif, rgbFrame, rgb)).toBe(true);
    expect(isRead(jfif, segment(0xe0, bytes("JFXX\0")), rgbFrame, rgb)).toBe(true);
    expect(isRead(segment(0xe0, bytes("JFXX\0")), rgbFrame, rgb)).toBe(false);
    expect(isRead(adobe(1), rgbFrame, rgb)).toBe(true);
    expect(isRead(adobe(1).with(4, 0x42), rgbFrame, rgb)).toBe(false);
    expect(isRead(segment(0xee, bytes("Adobe")), rgbFrame, rgb)).toBe(false);
    expect(isRead(adobe(1).with(1, 0xed), rgbFrame, rgb)).toBe(false);
    expect(isRead(adobe(0), frameHeader(), three)).toBe(false);
    expect(isRead(adobe(0), jfif, frameHeader(), three)).toBe(true);
    expect(isRead(adobe(0), greyFrame, grey)).toBe(true);
  });

  test("up to four components where any colours will do, else one or three", () => {
    const sampling = (count: number) => Array.from({ length: count }, () => 0x11);
    const scan = (count: number) =>
      scanOf(sampling(count).map((_, index) => [index + 1, 0] as const));
    const isReadWith = (count: number, options?: { anyColours: boolean }) => {
      const file = jpeg(frameHeader({ sampling: sampling(count) }), scan(count));
      return new JpegReader(file, options).nextScan(2) !== undefined;
    };
    const any = { anyColours: true };
    const counts = [1, 2, 3, 4, 5];
    expect(counts.map((count) => isReadWith(count, any))).toEqual([true, true, true, true, false]);
    expect(counts.map((count) => isReadWith(count))).toEqual([true, false, true, false, false]);
  });

  test("one frame of eight bits, behind the start of an image", () => {
    expect(isRead(frameHeader({ precision: 12, sampling: [0x11] }), grey)).toBe(false);
    expect(isRead(greyFrame, greyFrame, grey)).toBe(false);
    expect(isRead(grey)).toBe(false);
    const file = jpeg(greyFrame, grey);
    for (const at of [0, 1]) expect(new JpegReader(file.with(at, 0)).nextScan(2)).toBeUndefined();
  });

  test("segments of applications and comments, and no others that it does not know", () => {
    for (const marker of [0xe0, 0xe1, 0xee, 0xef, 0xfe])
      expect(isRead(segment(marker, bytes("x")), greyFrame, grey)).toBe(true);
    for (const marker of [0xcc, 0xdc, 0xdf, 0xf0, 0xfd])
      expect(isRead(segment(marker, bytes("x")), greyFrame, grey)).toBe(false);
  });
});

describe("a scan", () => {
  test("has its components, its tables, its band and the restart interval in force", () => {
    const { scan, reader } = read(
      ...[huffman(0x00, 1), huffman(0x13, 0, 2), segment(0xdd, u16(0x102))],
      ...[frameHeader({ marker: 0xc2 }), scanOf([[3, 0x03]], 1, 5, 0x21)],
    );
    const table = (...codes: number[]) => ({
      lengths: Uint8Array.from({ length: 16 }, (_, k) => codes[k] ?? 0),
      symbols: Uint8Array.from({ length: codes.at(-1) ?? 0 }, (_, k) => k),
    });
    expect(scan).toMatchObject({
      components: [{ index: 2, dc: table(1), ac: table(0, 2) }],
      ...{ start: 1, end: 5, high: 2, low: 1, restartInterval: 0x102 },
    });
    expect(reader.frame?.coding).toBe("progressive");
  });

  test("is followed by its data, and those by the next scan or the end", () => {
    const head = jpeg(greyFrame, grey);
    const second = bytes(
      7,
      7,
      7,
      segment(0xfe, bytes("x")),
      huffman(0x01, 0, 1),
      scanOf([[1, 0x10]]),
    );
    const file = bytes(head, second, 7, 0xff, 0xd9);
    const reader = new JpegReader(file);
    const first = reader.nextScan(2);
    expect(first).toMatchObject({ dataStart: head.length, restartInterval: 0 });
    const next = reader.nextScan(head.length);
    expect(next).toMatchObject({ dataStart: head.length + second.length });
    expect(next).toMatchObject({ components: [{ dc: { symbols: Uint8Array.of(0) } }] });
    expect(reader.nextScan(head.length + second.length)).toBe("end");
    expect(new JpegReader(head.subarray(0, -grey.length)).nextScan(2)).toBeUndefined();
  });

  test("is not read where it has no components, none of the frame's, or another length", () => {
    expect(isRead(greyFrame, scanOf([]))).toBe(false);
    expect(isRead(greyFrame, scanOf([[2, 0]]))).toBe(false);
    expect(
      isRead(
        frameHeader(),
        scanOf([
          [1, 0],
          [4, 0],
        ]),
      ),
    ).toBe(false);
    expect(isRead(greyFrame, scanOf([[1, 0]], 0, 63))).toBe(false);
    expect(isRead(greyFrame, scanOf([[1, 0]], 0, 63, 0, 0))).toBe(false);
  });
});

describe("divisors", () => {
  test("have one byte or two, several tables in a segment", () => {
    const [small, large] = [divisors(0x00, bytes(9)), divisors(0x13, u16(0x304))];
    const { reader } = read(
      segment(0xdb, bytes(small.subarray(4), large.subarray(4))),
      ...[greyFrame, grey],
    );
    expect(reader.divisorsOf(0)).toEqual(new Uint16Array(64).fill(9));
    expect(reader.divisorsOf(3)).toEqual(new Uint16Array(64).fill(0x304));
    expect(reader.divisorsOf(1)).toBeUndefined();
    const falling = Uint8Array.from({ length: 128 }, (_, k) => 200 - k);
    const words = read(segment(0xdb, bytes(0x12, falling)), greyFrame, grey).reader.divisorsOf(2);
    expect([words?.[0], words?.[1], words?.[63]]).toEqual([0xc8c7, 0xc6c5, 0x4a49]);
  });

  test("are refused where they are cut short or of a table that there is not", () => {
    const whole = divisors(0x01, bytes(9)).subarray(4);
    expect(isRead(segment(0xdb, whole), greyFrame, grey)).toBe(true);
    expect(isRead(segment(0xdb, whole.subarray(0, -1)), greyFrame, grey)).toBe(false);
    expect(isRead(segment(0xdb, bytes(whole, 0)), greyFrame, grey)).toBe(false);
    expect(isRead(divisors(0x04, bytes(9)), greyFrame, grey)).toBe(false);
    expect(isRead(divisors(0x20, u16(9)), greyFrame, grey)).toBe(false);
    // What is wrong once stays wrong.
    expect(isRead(divisors(0x04, bytes(9)), segment(0xdb, whole), greyFrame, grey)).toBe(false);
  });
});

describe("Huffman tables", () => {
  const symbolsIn = (segments: Uint8Array, tables: number) =>
    read(segments, greyFrame, scanOf([[1, tables]])).scan;

  test("come several in a segment", () => {
    const both = segment(
      0xc4,
      bytes(huffman(0x02, 1).subarray(4), huffman(0x11, 1, 1).subarray(4)),
    );
    expect(symbolsIn(both, 0x21)).toMatchObject({
      components: [{ dc: { symbols: Uint8Array.of(0) }, ac: { symbols: Uint8Array.of(0, 1) } }],
    });
  });

  test("may use every code of a length, and 256 symbols", () => {
    expect(isRead(huffman(0x00, 2), greyFrame, grey)).toBe(true);
    expect(isRead(huffman(0x00, ...new Uint8Array(7), 255, 1), greyFrame, grey)).toBe(true);
  });

  test("are refused where they cannot be codes, are cut short, or of a table that there is not", () => {
    const whole = huffman(0x13, 1, 1).subarray(4);
    expect(isRead(segment(0xc4, whole), greyFrame, grey)).toBe(true);
    expect(isRead(segment(0xc4, whole.subarray(0, -1)), greyFrame, grey)).toBe(false);
    expect(isRead(segment(0xc4, new Uint8Array(16)), greyFrame, grey)).toBe(false);
    expect(isRead(huffman(0x04, 1), greyFrame, grey)).toBe(false);
    expect(isRead(huffman(0x20, 1), greyFrame, grey)).toBe(false);
    expect(isRead(huffman(0x00, 3), greyFrame, grey)).toBe(false);
    expect(isRead(huffman(0x00, 1, 2, 1), greyFrame, grey)).toBe(false);
    const tooMany = huffman(0x00, ...new Uint8Array(9), 255, 2);
    expect(isRead(tooMany, greyFrame, grey)).toBe(false);
    expect(isRead(huffman(0x04, 1), huffman(0x00, 1), greyFrame, grey)).toBe(false);
  });
});
