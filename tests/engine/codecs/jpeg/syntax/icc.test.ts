import { describe, expect, test } from "vitest";
import { limits } from "../../../../../core/limits.ts";
import {
  jpegIccSegments,
  readJpegIcc,
  segmentsOf,
} from "../../../../../engine/codecs/jpeg/syntax/icc.ts";
import { bytes, jpeg, segment } from "../../../../core/image/made-headers.ts";

/** As much of a profile as a segment holds. */
const partBytesMax = 65_535 - 2 - "ICC_PROFILE\0".length - 2;

const profile = (length: number) => Uint8Array.from({ length }, (_, k) => k * 7 + (k >> 8));
const part = (number: number, count: number, data: Uint8Array) =>
  segment(0xe2, bytes("ICC_PROFILE\0", number, count, data));

describe("a profile comes back from the segments that it is written to", () => {
  test.each([1, 500, partBytesMax, partBytesMax + 1, 3 * partBytesMax])("%i bytes", (length) => {
    const segments = jpegIccSegments(profile(length));
    expect(readJpegIcc(jpeg(segments))).toEqual(profile(length));
  });
});

test("as few segments as hold a profile are written, as ICC.1 annex B.4 has them", () => {
  const icc = profile(partBytesMax + 300);
  const [first, rest] = [icc.subarray(0, partBytesMax), icc.subarray(partBytesMax)];
  expect(jpegIccSegments(icc)).toEqual(bytes(part(1, 2, first), part(2, 2, rest)));
  expect(jpegIccSegments(first)).toEqual(part(1, 1, first));
});

test("the parts of a profile are put in the order of their numbers", () => {
  const [first, second] = [bytes("first"), bytes("second")];
  expect(readJpegIcc(jpeg(part(2, 2, second), part(1, 2, first)))).toEqual(bytes(first, second));
});

test("of two profiles the first counts", () => {
  const [own, leftover] = [part(1, 1, bytes("own")), part(1, 5, bytes("leftover"))];
  expect(readJpegIcc(jpeg(own, leftover))).toEqual(bytes("own"));
});

test("a profile is not read where a part is missing or its number makes no sense", () => {
  const data = bytes("part");
  expect(readJpegIcc(jpeg())).toBeUndefined();
  expect(readJpegIcc(jpeg(part(1, 2, data)))).toBeUndefined();
  expect(readJpegIcc(jpeg(part(2, 2, data)))).toBeUndefined();
  expect(readJpegIcc(jpeg(part(0, 1, data)))).toBeUndefined();
  expect(readJpegIcc(jpeg(part(0, 1, data), part(1, 1, data)))).toBeUndefined();
  expect(readJpegIcc(jpeg(part(2, 1, data)))).toBeUndefined();
  expect(readJpegIcc(jpeg(part(2, 1, data), part(1, 1, data)))).toBeUndefined();
  expect(readJpegIcc(jpeg(segment(0xe2, bytes("ICC_PROFILE\0"))))).toBeUndefined();
});

test("a profile of at most metadataBytesMax is read", () => {
  const most = profile(limits.metadataBytesMax);
  expect(readJpegIcc(jpeg(jpegIccSegments(most)))?.length).toBe(most.length);
  const more = profile(limits.metadataBytesMax + 1);
  expect(readJpegIcc(jpeg(jpegIccSegments(more)))).toBeUndefined();
});

test("segments of other markers and other names hold no profile", () => {
  const named = (marker: number, name: string) => segment(marker, bytes(name, 1, 1, "data"));
  const others = [named(0xe1, "ICC_PROFILE\0"), named(0xe2, "ICC_PROFILF\0"), named(0xe2, "MPF\0")];
  for (const other of others) expect(readJpegIcc(jpeg(other))).toBeUndefined();
  expect(readJpegIcc(jpeg(...others, part(1, 1, bytes("own"))))).toEqual(bytes("own"));
});

describe("segments are walked", () => {
  const comment = segment(0xfe, bytes("one"));
  const empty = segment(0xe0, bytes());
  const found = (file: Uint8Array) =>
    [...segmentsOf(file)].map(({ marker, data }) => [marker, Buffer.from(data).toString()]);
  const one = [[0xfe, "one"]];

  test("in the order of the file, to its last byte", () => {
    expect(found(jpeg(comment, empty))).toEqual([...one, [0xe0, ""]]);
  });

  test("past bytes that fill the space before a marker", () => {
    expect(found(jpeg(bytes(0xff, 0xff), comment))).toEqual(one);
  });

  test("up to the first scan or the end of the image", () => {
    expect(found(jpeg(comment, segment(0xda, bytes("scan")), comment))).toEqual(one);
    expect(found(jpeg(comment, bytes(0xff, 0xd9, 0, 2), comment))).toEqual(one);
  });

  test("up to one that is broken", () => {
    for (const broken of [
      bytes(0, 0xfe, 0, 2),
      bytes(0xff, 0xfe, 0, 1, 0),
      comment.subarray(0, -1),
    ])
      expect(found(jpeg(comment, broken))).toEqual(one);
    for (let kept = 0; kept < 4; kept++)
      expect(found(jpeg(comment, bytes(0xff, 0xfe, 1).subarray(0, kept)))).toEqual(one);
  });
});
