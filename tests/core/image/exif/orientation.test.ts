import { describe, expect, test } from "vitest";
import { exifOrientation } from "../../../../core/image/exif/orientation.ts";
import { bytes, exifBlock, u16, u32 } from "../made-headers.ts";

describe("exifOrientation", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "reads %i in either byte order, as SHORT or LONG",
    (value) => {
      for (const order of ["little", "big"] as const) {
        for (const type of [3, 4]) {
          expect(exifOrientation(exifBlock({ value, order, type }))).toBe(value);
        }
      }
    },
  );

  test("reads a block with and without JPEG's prefix", () => {
    const block = exifBlock({ value: 5 });
    expect(exifOrientation(bytes("Exif\0\0", block))).toBe(5);
    expect(exifOrientation(block)).toBe(5);
  });

  test("reads it behind other entries", () => {
    const [entry, end] = [exifBlock({ value: 6 }).subarray(10, 22), u32(0)];
    const other = bytes(u16(0x0111, "little"), entry.subarray(2));
    const header = exifBlock({ value: 6 }).subarray(0, 8);
    expect(exifOrientation(bytes(header, u16(3, "little"), other, other, entry, end))).toBe(6);
    expect(exifOrientation(bytes(header, u16(2, "little"), other, other, entry, end))).toBe(
      undefined,
    );
  });

  test.each<readonly [string, Uint8Array]>([
    ["an orientation of 0", exifBlock({ value: 0 })],
    ["an orientation of 9", exifBlock({ value: 9 })],
    ["an orientation of 65535", exifBlock({ value: 65_535 })],
    ["an array of orientations", exifBlock({ value: 6, count: 0xffff_ffff })],
    ["an orientation in words", exifBlock({ value: 6, type: 2 })],
    ["an empty block", bytes()],
    ["zeros", new Uint8Array(65_000)],
    ["another byte order", bytes("XX", exifBlock({ value: 6 }).subarray(2))],
    ["another byte order, big", bytes("XX", exifBlock({ value: 6, order: "big" }).subarray(2))],
    ["another version", bytes("II", u16(43, "little"), exifBlock({ value: 6 }).subarray(4))],
    ["a directory outside the block", bytes("MM", u16(42), u32(0xffff_fff0), u16(1))],
    ["a directory of 65535 entries without any", bytes("MM", u16(42), u32(8), u16(0xffff))],
    ["a directory that is the header itself", bytes("MM", u16(42), u32(0), new Uint8Array(40))],
  ])("says nothing of %s", (_, block) => {
    expect(exifOrientation(block)).toBeUndefined();
  });

  test("says nothing of a block cut anywhere before the entry's end", () => {
    const block = exifBlock({ value: 6 });
    const entryEnd = 8 + 2 + 12;
    for (let length = 0; length < entryEnd; length++) {
      expect(exifOrientation(block.subarray(0, length))).toBeUndefined();
    }
    expect(exifOrientation(block.subarray(0, entryEnd))).toBe(6);
  });
});
