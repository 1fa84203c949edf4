import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32 } from "../../core/crc32.ts";

test("is zlib's, in one piece or in two", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300, size: "max" }),
      fc.nat({ max: 300 }),
      (bytes, cut) => {
        expect(crc32(bytes)).toBe(zlibCrc32(bytes));
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlibCrc32(bytes));
      },
    ),
  );
});
