import { expect, test } from "vitest";
import { openTiff } from "../../../../core/image/exif/tiff-header.ts";
import { bytes, u16, u32 } from "../made-headers.ts";

test.each([
  ["little", true, "II"],
  ["big", false, "MM"],
] as const)(
  "a TIFF block of %s numbers is opened by its header alone",
  (order, littleEndian, mark) => {
    const header = bytes(mark, u16(42, order), u32(0x1234, order));
    expect(openTiff(header)).toMatchObject({ littleEndian, firstDirectory: 0x1234 });
    expect(openTiff(header.subarray(0, 7))).toBeUndefined();
  },
);
