import { describe, expect, test } from "vitest";
import {
  hasAdobeMarker,
  hasMoreScansThan,
  missesEndOfImage,
  skipData,
  visitSegments,
} from "../../../../../engine/codecs/jpeg/syntax/markers.ts";
import { bytes, jpeg, segment } from "../../../../core/image/made-headers.ts";

const scan = segment(0xda, bytes(0, 0, 63, 0));
const end = bytes(0xff, 0xd9);
const adobe = segment(0xee, bytes("Adobe", 0, 100));

test("Adobe's marker is APP14 of that name before the first scan", () => {
  const comment = segment(0xfe, bytes("x"));
  expect(hasAdobeMarker(jpeg(comment, adobe, comment, scan))).toBe(true);
  expect(hasAdobeMarker(jpeg(segment(0xed, bytes("Adobe")), scan))).toBe(false);
  expect(hasAdobeMarker(jpeg(segment(0xee, bytes("Adobf")), scan))).toBe(false);
  expect(hasAdobeMarker(jpeg(scan, adobe))).toBe(false);
});

test("the end of the image is missed where its marker does not follow the first scan", () => {
  expect(missesEndOfImage(jpeg(scan, bytes(1, 2), end))).toBe(false);
  expect(missesEndOfImage(jpeg(scan, bytes(0xff, 0, 0xff, 0xd0), end, bytes(3)))).toBe(false);
  expect(missesEndOfImage(jpeg(scan, bytes(1, 0xff, 0, 0xd9)))).toBe(true);
  expect(missesEndOfImage(jpeg(scan, bytes(0xff)))).toBe(true);
  // That of a preview in a segment is not the picture's.
  expect(missesEndOfImage(jpeg(segment(0xe1, end), scan))).toBe(true);
});

test("scans are counted up to the most that are allowed", () => {
  const twoScans = jpeg(scan, bytes(1, 0xff, 0), scan, end);
  expect(hasMoreScansThan(twoScans, 1)).toBe(true);
  expect(hasMoreScansThan(twoScans, 2)).toBe(false);
  expect(hasMoreScansThan(jpeg(end), 0)).toBe(false);
});

describe("entropy-coded data", () => {
  test("end at the next marker that is not a restart", () => {
    for (const marker of [0x01, 0xc4, 0xcf, 0xd8, 0xd9, 0xda, 0xfe])
      expect(skipData(bytes(0xff, 0xd9, 7, 0xff, marker, 0xff, 0xd9), 2)).toBe(3);
  });

  test("go on behind stuffed zeros, fill bytes and restarts", () => {
    for (const inside of [0, 0xd0, 0xd3, 0xd7]) {
      expect(skipData(bytes(7, 0xff, inside, 7, 0xff, 0xd9), 0)).toBe(4);
      expect(skipData(bytes(7, 0xff, 0xff, inside, 0xff, 0xff, 0xd9), 0)).toBe(5);
    }
  });

  test("go to the file's end where no marker follows", () => {
    expect(skipData(bytes(7, 7, 7), 0)).toBe(3);
    expect(skipData(bytes(7, 7, 0xff), 0)).toBe(3);
  });
});

describe("segments are visited", () => {
  const visited = (file: Uint8Array, at = 2) => {
    const found: string[] = [];
    const stop = visitSegments(file, at, (marker, payload) => {
      found.push(`${marker.toString(16)} ${Buffer.from(payload).toString("latin1")}`);
    });
    return { found, stop };
  };
  const [one, two] = [segment(0xfe, bytes("one")), segment(0xe0, bytes("two"))];

  test("up to the next scan or the end of the image", () => {
    const found = ["fe one", "e0 two"];
    expect(visited(jpeg(one, two, scan, one))).toEqual({ found, stop: 16 });
    expect(visited(jpeg(one, two, end, one))).toEqual({ found, stop: 16 });
    expect(visited(jpeg(one, two))).toEqual({ found, stop: 16 });
    expect(visited(jpeg(one, two, scan), 9)).toEqual({ found: ["e0 two"], stop: 16 });
  });

  test("past markers that stand alone, fill bytes and bytes between", () => {
    for (const marker of [0x01, 0xd0, 0xd5, 0xd8])
      expect(visited(jpeg(bytes(0xff, marker), one, scan)).found).toEqual(["fe one"]);
    for (const fill of [bytes(0xff), bytes(0xff, 0xff)])
      expect(visited(jpeg(fill, one, scan)).found).toEqual(["fe one"]);
    expect(visited(jpeg(bytes(1, 2, 0xff, 0), one, scan)).found).toEqual(["fe one"]);
    for (const marker of [0x02, 0xcf, 0xdb])
      expect(visited(jpeg(segment(marker, bytes("x")), one, scan)).found).toHaveLength(2);
  });

  test("as far as the file goes", () => {
    const long = segment(0xe1, new Uint8Array(700).fill(0x61));
    expect(visited(jpeg(long, one)).found).toEqual([`e1 ${"a".repeat(700)}`, "fe one"]);
    expect(visited(jpeg(one).subarray(0, 7))).toEqual({ found: ["fe o"], stop: 7 });
    expect(visited(bytes(0xff, 0xd8, 0xff, 0xfe))).toEqual({ found: ["fe "], stop: 4 });
    expect(visited(bytes(0xff, 0xd8, 0xff))).toEqual({ found: [], stop: 3 });
  });
});
