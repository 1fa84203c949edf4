import { describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { bytes, exifBlock, png, pngChunk, pngHeader, u32 } from "../made-headers.ts";

const idat = pngChunk("IDAT");
const read = (...chunks: readonly Uint8Array[]) => probe(png(pngHeader(), ...chunks), true);

describe("a PNG's colour type", () => {
  const depths = [1, 2, 4, 8, 16];
  test.each<[number, number[], object]>([
    [0, [1, 2, 4, 8, 16], { colour: "grey", hasAlpha: false }],
    [2, [8, 16], { colour: "rgb", hasAlpha: false }],
    [3, [1, 2, 4, 8], { colour: "palette", hasAlpha: false }],
    [4, [8, 16], { colour: "grey", hasAlpha: true }],
    [6, [8, 16], { colour: "rgb", hasAlpha: true }],
    [1, [], {}],
    [5, [], {}],
    [7, [], {}],
  ])("%i goes with the depths %j", (colourType, allowed, info) => {
    for (const bitDepth of depths) {
      const answer = probe(png(pngHeader({ colourType, bitDepth }), idat), true);
      const isAllowed = allowed.includes(bitDepth);
      const refusal = { reason: "corrupt_image" };
      expect(answer).toMatchObject(isAllowed ? { info: { ...info, bitDepth } } : { refusal });
    }
  });
});

describe("the methods of a PNG", () => {
  test.each([
    [[0, 0, 0], true],
    [[0, 0, 1], true],
    [[0, 0, 2], false],
    [[0, 1, 0], false],
    [[1, 0, 0], false],
  ] as const)("%j exist: %s", (methods, areKnown) => {
    expect(probe(png(pngHeader({ methods }), idat), true).kind).toBe(
      areKnown ? "image" : "refused",
    );
  });
});

test("what stands before the pixels counts, and nothing behind", () => {
  const exif = pngChunk("eXIf", exifBlock({ value: 5 }));
  const profile = pngChunk("iCCP", bytes("p\0\0"));
  const all = [pngChunk("tRNS", bytes(0, 0)), profile, exif];
  expect(read(...all, idat)).toMatchObject({
    info: { hasAlpha: true, hasIcc: true, orientation: 5 },
  });
  expect(read(idat, ...all)).toMatchObject({
    info: { hasAlpha: false, hasIcc: false, orientation: 1 },
  });
  const other = pngChunk("eXIf", exifBlock({ value: 7 }));
  expect(read(exif, other, idat)).toMatchObject({ info: { orientation: 5 } });
});

test("an animation's frames are read where its chunk has its length", () => {
  const control = (length: number) =>
    pngChunk("acTL", bytes(u32(7), u32(0), new Uint8Array(9)).subarray(0, length));
  expect(read(control(8), idat)).toMatchObject({ info: { frames: 7 } });
  for (const length of [4, 7, 9]) {
    expect(read(control(length), idat)).toMatchObject({ info: { frames: 1 } });
  }
  expect(read(pngChunk("tEXt", new Uint8Array(8)), idat)).toMatchObject({ info: { frames: 1 } });
  expect(read(control(8).subarray(0, 10))).toMatchObject({
    refusal: { reason: "truncated_image" },
  });
});

test("a PNG begins with its header, which has one name and one length", () => {
  const header = pngHeader();
  for (const other of [
    pngChunk("IHDX", header.subarray(8, 21)),
    bytes(u32(14), header.subarray(4)),
  ]) {
    expect(probe(png(other, idat), true)).toMatchObject({
      refusal: { detail: "The PNG does not begin with an IHDR chunk" },
    });
  }
});

test.each([
  ["abcd", "image"],
  ["ABCD", "image"],
  ["ab1d", "refused"],
  ["ab d", "refused"],
  ["[bcd", "refused"],
])("a chunk %j: %s", (type, kind) => {
  expect(read(pngChunk(type), idat).kind).toBe(kind);
});

test("a chunk may be as long as its format allows, and ends the header where it is cut off", () => {
  const long = (length: number) => read(bytes(u32(length), "tEXt"));
  expect(long(2 ** 31 - 1)).toMatchObject({ refusal: { reason: "truncated_image" } });
  expect(long(2 ** 31)).toMatchObject({ refusal: { reason: "corrupt_image" } });
  const text = pngChunk("tEXt", bytes("ab"));
  expect(read(text.subarray(0, -1))).toMatchObject({ refusal: { reason: "truncated_image" } });
  expect(read(text, idat.subarray(0, 8)).kind).toBe("image");
  expect(read(text, idat.subarray(0, 7)).kind).toBe("refused");
});
