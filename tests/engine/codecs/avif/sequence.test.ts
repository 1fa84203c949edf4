import { describe, expect, test } from "vitest";
import { readStill } from "../../../../engine/codecs/avif/obu.ts";
import { bytes } from "../../../core/image/made-headers.ts";
import {
  flag,
  frame,
  frameHeaderType,
  frameType,
  headerUnit,
  metadataType,
  pack,
  sequenceHeader,
  sequenceType,
  tilesType,
  unit,
  type Field,
  type Header,
  onePoint,
} from "./made-units.ts";

const sequenceOf = (own: Header = {}) => readStill(bytes(headerUnit(own), frame))?.sequence;

const plain = {
  ...{ width: 100, height: 70, bitDepth: 8, layout: "4:2:0", matrix: 2, fullRange: true },
};

describe("a sequence header is read", () => {
  test("for its sides, of any number of bits", () => {
    expect(sequenceOf()).toEqual(plain);
    expect(sequenceOf({ width: [0, 1], height: [65_535, 16] })).toEqual({
      ...plain,
      width: 1,
      height: 65_536,
    });
    expect(sequenceOf({ width: [65_535, 16], height: [0, 1] })).toMatchObject({
      width: 65_536,
      height: 1,
    });
  });

  test("whether it is reduced to what a still picture needs or not", () => {
    expect(sequenceOf({ reduced: true })).toEqual(plain);
    expect(sequenceOf({ frameIds: true })).toEqual(plain);
  });

  test("past its timing and its operating points", () => {
    const timing: readonly Field[] = [flag(true), [1, 32], [2, 32]];
    const equalInterval: readonly Field[] = [flag(true), [0b00101, 5]];
    const model: readonly Field[] = [flag(true), [10, 5], [3, 32], [9, 10]];
    const point = (level: number, ...more: readonly Field[]): readonly Field[] => [
      [0xfff, 12],
      [level, 5],
      ...more,
    ];
    const layouts: readonly (readonly Field[])[] = [
      [...timing, flag(false), flag(false), flag(false), [0, 5], ...point(7)],
      [...timing, ...equalInterval, flag(false), flag(false), [0, 5], ...point(8, flag(true))],
      // Three points, the second with a decoder model of its own, the last with an initial delay.
      [
        ...[...timing, flag(false), ...model, flag(true), [2, 5] as const],
        ...point(7, flag(false), flag(false)),
        ...point(
          31,
          flag(true),
          flag(true),
          [2047, 11],
          [2047, 11],
          flag(false),
          flag(true),
          [15, 4],
        ),
        ...point(0, flag(false), flag(true), [15, 4]),
      ],
      [
        flag(false),
        flag(true),
        [1, 5],
        ...point(9, flag(true), flag(true), [15, 4]),
        ...point(7, flag(false)),
      ],
    ];
    for (const points of layouts) expect(sequenceOf({ points })).toEqual(plain);
  });

  test("past the tools that are switched on", () => {
    const layouts: readonly (readonly Field[])[] = [
      [[15, 4], flag(true), [3, 2], flag(true), flag(true), [7, 3]],
      [[15, 4], flag(false), flag(true), flag(false), [1, 1]],
      [[0, 4], flag(false), flag(false), [1, 1], flag(false), [1, 1]],
      [[0, 4], flag(false), flag(false), [0, 1]],
      [[0, 4], flag(true), [3, 2], flag(false), [0, 1], [7, 3]],
    ];
    for (const tools of layouts) expect(sequenceOf({ tools })).toEqual(plain);
  });

  test("past a number in unary, as long as one may be", () => {
    const timing: readonly Field[] = [flag(true), [1, 32], [2, 32], flag(true)];
    const rest: readonly Field[] = [flag(false), ...onePoint.slice(1)];
    const numbers: readonly (readonly Field[])[] = [
      [[1, 1]],
      [
        [1, 2],
        [1, 1],
      ],
      [
        [1, 32],
        [0x7fff_ffff, 31],
      ],
      [[0, 32]],
    ];
    for (const number of numbers)
      expect(sequenceOf({ points: [...timing, ...number, ...rest] })).toEqual(plain);
  });
});

describe("colours are read", () => {
  const colour = (profile: number, ...fields: readonly Field[]) => {
    const sequence = sequenceOf({ profile, colour: fields });
    return [sequence?.layout, sequence?.bitDepth, sequence?.matrix, sequence?.fullRange];
  };
  const [yes, no] = [flag(true), flag(false)];
  const described = (primaries: number, transfer: number, matrix: number): readonly Field[] => [
    ...[yes, [primaries, 8] as const, [transfer, 8] as const, [matrix, 8] as const],
  ];

  test("by the profile: their depth and how densely colour lies", () => {
    expect(colour(0, no, no, no, yes)).toEqual(["4:2:0", 8, 2, true]);
    expect(colour(0, yes, no, no, no)).toEqual(["4:2:0", 10, 2, false]);
    expect(colour(1, no, no, yes)).toEqual(["4:4:4", 8, 2, true]);
    expect(colour(1, yes, no, no)).toEqual(["4:4:4", 10, 2, false]);
    expect(colour(2, no, no, no, yes)).toEqual(["4:2:2", 8, 2, true]);
    expect(colour(2, yes, no, no, no, yes)).toEqual(["4:2:2", 10, 2, true]);
    expect(colour(2, yes, yes, no, no, yes, no)).toEqual(["4:4:4", 12, 2, true]);
    expect(colour(2, yes, yes, no, no, yes, yes, yes)).toEqual(["4:2:0", 12, 2, true]);
    expect(colour(2, yes, yes, no, no, no, yes, no)).toEqual(["4:2:2", 12, 2, false]);
  });

  test("of grey, which profile 1 does not have", () => {
    expect(colour(0, no, yes, no, yes)).toEqual(["4:0:0", 8, 2, true]);
    expect(colour(2, yes, yes, yes, no, no)).toEqual(["4:0:0", 12, 2, false]);
    expect(colour(0, no, yes, ...described(1, 13, 0), no)).toEqual(["4:0:0", 8, 0, false]);
  });

  test("by their description", () => {
    expect(colour(0, no, no, ...described(9, 16, 9), no)).toEqual(["4:2:0", 8, 9, false]);
    // sRGB itself has all of its samples and all of its range.
    expect(colour(1, no, ...described(1, 13, 0))).toEqual(["4:4:4", 8, 0, true]);
    for (const other of [described(2, 13, 0), described(1, 12, 0), described(1, 13, 1)])
      expect(colour(0, no, no, ...other, no)[3]).toBe(false);
  });
});

describe("a still picture", () => {
  test("is its data up to the end of its first frame, which may come in parts", () => {
    const head = headerUnit();
    const parts = [
      ...[
        unit(metadataType, bytes(9)),
        head,
        unit(frameHeaderType, bytes(1)),
        unit(tilesType, bytes(2)),
      ],
    ];
    expect(readStill(bytes(head, frame))?.frame).toEqual(bytes(head, frame));
    for (const next of [frame, unit(frameHeaderType, bytes(1))])
      expect(readStill(bytes(...parts, next))?.frame).toEqual(bytes(...parts));
  });

  test("has the sequence header that comes first", () => {
    const second = headerUnit({ width: [1, 7] });
    expect(readStill(bytes(headerUnit(), second, frame))?.sequence.width).toBe(100);
  });

  test("is none without a sequence header, or a frame, or where the header is cut", () => {
    const header = pack(sequenceHeader());
    expect(readStill(frame)).toBeUndefined();
    expect(readStill(headerUnit())).toBeUndefined();
    expect(readStill(bytes())).toBeUndefined();
    const cut = header.subarray(0, -1);
    expect(readStill(bytes(unit(sequenceType, cut), frame))).toBeUndefined();
    expect(readStill(bytes(unit(tilesType, header), frame))).toBeUndefined();
  });

  test("whose header ends with its last bit is whole", () => {
    const bits = (fields: readonly Field[]) => fields.reduce((sum, [, count]) => sum + count, 0);
    const spare = 8 - (bits(sequenceHeader()) % 8);
    const exact = sequenceHeader({ height: [69, 9 + spare] });
    expect(bits(exact) % 8).toBe(0);
    expect(readStill(bytes(unit(sequenceType, pack(exact)), frame))?.sequence).toEqual(plain);
  });
});

describe("units of a bitstream", () => {
  const header = bytes(pack(sequenceHeader()), 0x80);
  const isRead = (...units: readonly Uint8Array[]) => readStill(bytes(...units)) !== undefined;

  test("may have an extension, a length of several bytes, or none where they are the last", () => {
    const extended = bytes((sequenceType << 3) | 6, 0, header.length, header);
    expect(isRead(extended, frame)).toBe(true);
    const long = bytes((sequenceType << 3) | 2, 0x80 | header.length, 0x80, 0, header);
    expect(isRead(long, frame)).toBe(true);
    const padded = bytes(header, new Uint8Array(300 - header.length));
    expect(
      isRead(bytes((sequenceType << 3) | 2, 0x80 | (300 & 127), 300 >> 7, padded), frame),
    ).toBe(true);
    const last = bytes(frameType << 3, 1, 2, 3);
    expect(readStill(bytes(headerUnit(), last))?.frame).toEqual(bytes(headerUnit(), last));
    expect(isRead(headerUnit(), bytes((frameType << 3) | 4, 0, 1))).toBe(true);
  });

  test("are read up to the first that is cut off, or whose length is none", () => {
    expect(isRead(headerUnit(), frame.subarray(0, -1))).toBe(false);
    expect(isRead(headerUnit(), bytes((frameType << 3) | 2))).toBe(false);
    expect(isRead(headerUnit(), bytes((frameType << 3) | 2, 0x80))).toBe(false);
    const eight = Array.from({ length: 7 }, () => 0x80);
    expect(isRead(headerUnit(), bytes((frameType << 3) | 2, ...eight, 0))).toBe(true);
    expect(isRead(headerUnit(), bytes((frameType << 3) | 2, ...eight, 0x80, 0))).toBe(false);
    const cut = readStill(bytes(headerUnit(), frame, frame.subarray(0, -1)));
    expect(cut?.frame).toEqual(bytes(headerUnit(), frame));
  });
});
