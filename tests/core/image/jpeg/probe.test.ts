import { describe, expect, test } from "vitest";
import { probe } from "../../../../core/image/probe.ts";
import { bytes, exifBlock, frameHeader, jpeg, scanHeader, segment } from "../made-headers.ts";

const read = (...segments: readonly Uint8Array[]) => probe(jpeg(...segments), true);
const empty = (marker: number) => segment(marker, bytes());

describe("a JPEG with the marker", () => {
  test.each([
    [0xc3, "a lossless JPEG picture"],
    [0xcb, "a lossless JPEG picture"],
    [0xc9, "a JPEG picture with arithmetic coding"],
    [0xca, "a JPEG picture with arithmetic coding"],
    ...[0xc5, 0xc6, 0xc7, 0xcd, 0xce, 0xcf, 0xde, 0xdf].map((marker): [number, string] => [
      marker,
      "a hierarchical JPEG picture",
    ]),
    [0xf7, "a JPEG-LS picture"],
  ])("%i is named and refused: %s", (marker, detected) => {
    const refusal = { reason: "unsupported_format", detected };
    expect(read(empty(0xe0), empty(marker), frameHeader(), scanHeader())).toMatchObject({
      refusal,
    });
  });

  test.each([
    [0xd8, "The JPEG begins twice"],
    [0xd9, "The JPEG ends before its first scan"],
    [0x02, "The JPEG holds the reserved marker 0x2"],
    [0xbf, "The JPEG holds the reserved marker 0xbf"],
    [0xc8, "The JPEG holds the reserved marker 0xc8"],
    [0xf0, "The JPEG holds the reserved marker 0xf0"],
    [0xfd, "The JPEG holds the reserved marker 0xfd"],
  ])("%i is damaged: %s", (marker, detail) => {
    const refusal = { reason: "corrupt_image", detail };
    expect(read(empty(marker), frameHeader(), scanHeader())).toMatchObject({ refusal });
  });

  test.each([0xc4, 0xcc, 0xdb, 0xdc, 0xdd, 0xe0, 0xef, 0xfe])("%i is read over", (marker) => {
    expect(read(empty(marker), frameHeader(), scanHeader()).kind).toBe("image");
  });

  test("that is the last of its bytes is cut off, and so is half of a length", () => {
    for (const rest of [bytes(), bytes(0)]) {
      expect(read(bytes(0xff, 0xe0, rest))).toMatchObject({
        refusal: { reason: "truncated_image" },
      });
    }
    expect(read(bytes(0xff, 0xe0, 0, 1))).toMatchObject({ refusal: { reason: "corrupt_image" } });
  });

  test.each([0x01, 0xd0, 0xd7])("%i has no length", (marker) => {
    expect(read(bytes(0xff, marker), frameHeader(), scanHeader()).kind).toBe("image");
  });

  test.each([
    [0xc0, false],
    [0xc1, false],
    [0xc2, true],
  ])("%i for its frame is progressive: %s", (marker, progressive) => {
    expect(read(frameHeader({ marker }), scanHeader())).toMatchObject({ info: { progressive } });
  });
});

describe("a frame header", () => {
  const withComponents = (count: number) =>
    frameHeader({ sampling: Array.from({ length: count }, () => 0x11) });

  test.each([
    [1, "grey"],
    [3, "rgb"],
    [4, "cmyk"],
  ])("of %i components is %s", (count, colour) => {
    expect(read(withComponents(count), scanHeader(count))).toMatchObject({ info: { colour } });
  });

  test.each([0, 2, 5])("of %i components is none that is read", (count) => {
    expect(read(withComponents(count), scanHeader())).toMatchObject({
      refusal: { detected: `a JPEG picture of ${count} colour components` },
    });
  });

  test.each([
    [0x44, true],
    [0x14, true],
    [0x41, true],
    [0x01, false],
    [0x10, false],
    [0x51, false],
    [0x15, false],
  ])("with the sampling factors %i is sound: %s", (factors, isSound) => {
    const answer = read(frameHeader({ sampling: [factors, 0x11, 0x11] }), scanHeader());
    expect(answer.kind).toBe(isSound ? "image" : "refused");
  });

  test.each([
    ["nothing", bytes()],
    ["too little", bytes(8, 0, 9, 0, 9)],
    ["more than it says", bytes(8, 0, 9, 0, 9, 1, 1, 0x11, 0, 0)],
  ])("of %s has the wrong length", (_, payload) => {
    expect(read(segment(0xc0, payload), scanHeader())).toMatchObject({
      refusal: { detail: "The JPEG's frame header has the wrong length" },
    });
  });

  test.each([
    [12, { detected: "a JPEG picture of 12 bits a sample" }],
    [9, { detail: "The JPEG's frame header says 9 bits a sample" }],
  ])("of %i bits says so", (precision, refusal) => {
    expect(read(frameHeader({ precision }), scanHeader())).toMatchObject({ refusal });
  });
});

test("only EXIF and profiles under their own names count", () => {
  const orientation = bytes("Exif\0\0", exifBlock({ value: 6 }));
  const info = (...segments: readonly Uint8Array[]) =>
    read(...segments, frameHeader(), scanHeader());
  expect(info(segment(0xe1, orientation))).toMatchObject({ info: { orientation: 6 } });
  expect(info(segment(0xe2, orientation))).toMatchObject({ info: { orientation: 1 } });
  expect(info(segment(0xe1, orientation.subarray(6)))).toMatchObject({ info: { orientation: 1 } });
  expect(info(segment(0xe2, bytes("ICC_PROFILE\0")))).toMatchObject({ info: { hasIcc: true } });
  expect(info(segment(0xe1, bytes("ICC_PROFILE\0")))).toMatchObject({ info: { hasIcc: false } });
  expect(info(segment(0xe2, bytes("FPXR\0")))).toMatchObject({ info: { hasIcc: false } });
});
