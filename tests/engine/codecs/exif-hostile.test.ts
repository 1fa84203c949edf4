import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exifSegment } from "../../../engine/codecs/exif.ts";
import { bytes, u16, u32 } from "../../core/image/made-headers.ts";
import { tagsOf, type Order } from "./tiff-fixture.ts";

const COPYRIGHT = 0x8298;
const MAKE = 0x010f;

describe("hostile blocks", () => {
  const header = (order: Order, firstDirectory: number) =>
    bytes(order === "little" ? "II" : "MM", u16(42, order), u32(firstDirectory, order));
  const raw = (tag: number, type: number, count: number, value: number) =>
    bytes(u16(tag), u16(type), u32(count), u32(value));
  const directory = (...entries: readonly Uint8Array[]) =>
    bytes(header("big", 8), u16(entries.length), ...entries, u32(8));

  test.each<readonly [string, Uint8Array]>([
    ["nothing", bytes()],
    ["zeros", new Uint8Array(1000)],
    ["a header alone", header("little", 8)],
    ["a first directory outside", bytes(header("little", 0xffff_fff0), new Uint8Array(40))],
    ["a first directory in the header", bytes(header("big", 0), new Uint8Array(40))],
    ["65535 entries that are not there", bytes(header("big", 8), u16(0xffff))],
    [
      "an entry that is cut short",
      bytes(header("big", 8), u16(0xffff), raw(COPYRIGHT, 2, 100, 8).subarray(0, 11)),
    ],
    [
      "pointers that are several",
      bytes(
        header("big", 8),
        u16(1),
        raw(0x8769, 4, 2, 26),
        u32(0),
        u32(34),
        u32(0),
        u16(1),
        raw(0x829a, 4, 1, 9),
        u32(0),
      ),
    ],
    ["a text of 4 GiB", directory(raw(COPYRIGHT, 2, 0xffff_ffff, 8))],
    ["numbers of 32 GiB", directory(raw(COPYRIGHT, 12, 0xffff_ffff, 8))],
    ["a text outside", directory(raw(COPYRIGHT, 2, 100, 0xffff_ff00))],
    ["a text one byte too long", directory(raw(COPYRIGHT, 2, 27 - 8, 8))],
    ["a text of no type", directory(raw(COPYRIGHT, 0, 4, 0x41414141))],
    ["a text of no length", directory(raw(COPYRIGHT, 2, 0, 8))],
    [
      "directories that are their own parents",
      directory(raw(0x8769, 4, 1, 8), raw(0x8825, 4, 1, 8)),
    ],
    [
      "directories outside",
      directory(raw(0x8769, 4, 1, 0xffff_ffff), raw(0x8825, 4, 1, 0x7fff_ffff)),
    ],
    ["lists of directories", directory(raw(0x8769, 4, 0xffff_ffff, 8), raw(0x8825, 4, 2, 8))],
  ])("hold nothing to keep: %s", (_, block) => {
    expect(exifSegment(block, "copyright")).toBeUndefined();
    expect(exifSegment(block, "keep")).toBeUndefined();
  });

  test("what is sound beside a broken entry is kept", () => {
    const block = directory(raw(MAKE, 2, 0xffff_ffff, 8), raw(COPYRIGHT, 2, 4, 0x6d696e00));
    for (const keep of ["keep", "copyright"] as const) {
      const kept = exifSegment(block, keep) ?? bytes();
      expect(tagsOf(kept.subarray(4)).main).toMatchObject({ [COPYRIGHT]: "min\0" });
    }
  });

  test("entries that share one long value do not multiply it", () => {
    const tags = Array.from({ length: 5000 }, (_, index) => raw(0x829a + index, 7, 30_000, 8));
    const main = bytes(header("big", 8), u16(1), raw(0x8769, 4, 1, 26), u32(0));
    const block = bytes(main, u16(tags.length), ...tags, u32(0));
    expect(exifSegment(block, "keep")).toBeUndefined();
  });

  test("any entries give a sound segment or none", () => {
    const sizes = fc.oneof(fc.nat(12), fc.nat(0xffff_ffff));
    const places = fc.oneof(fc.nat(120), fc.nat(0xffff_ffff));
    const tags = fc.constantFrom(COPYRIGHT, MAKE, 0x8769, 0x0112);
    const entries = fc.array(fc.tuple(tags, fc.nat(13), sizes, places), { maxLength: 6 });
    let found = 0;
    fc.assert(
      fc.property(entries, fc.uint8Array({ maxLength: 100 }), (chosen, rest) => {
        const block = bytes(directory(...chosen.map((each) => raw(...each))), rest);
        for (const keep of ["keep", "copyright"] as const) {
          const kept = exifSegment(block, keep);
          if (kept === undefined) continue;
          found += 1;
          expect(kept.length).toBe(2 + (((kept[2] ?? 0) << 8) | (kept[3] ?? 0)));
          tagsOf(kept.subarray(4));
        }
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(50);
  });
});
