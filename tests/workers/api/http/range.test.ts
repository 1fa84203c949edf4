import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRange } from "../../../../workers/api/http/range.ts";

const bytes = 100;
const rangeOf = (range: string) => parseRange(new Headers({ Range: range }), bytes);

test.each([
  ["bytes=0-0", { start: 0, end: 0 }],
  ["bytes=0-99", { start: 0, end: 99 }],
  ["bytes=10-", { start: 10, end: 99 }],
  ["bytes=99-", { start: 99, end: 99 }],
  ["bytes=-1", { start: 99, end: 99 }],
  ["bytes=-100", { start: 0, end: 99 }],
  ["bytes=-1000", { start: 0, end: 99 }],
  ["bytes=50-99999999999999999999", { start: 50, end: 99 }],
  ["Bytes=0-9", { start: 0, end: 9 }],
])("%s is a part", (range, part) => {
  expect(rangeOf(range)).toEqual(part);
});

test.each(["bytes=100-", "bytes=100-200", "bytes=99999999999999999999-", "bytes=-0"])(
  "%s lies outside",
  (range) => {
    expect(rangeOf(range)).toBe("unsatisfiable");
  },
);

test.each([
  "",
  "bytes",
  "bytes=",
  "bytes=-",
  "bytes=9-5",
  "bytes=0-1,2-3",
  "bytes=1.5-",
  "bytes=0x1-",
  "lines=0-1",
  "0-1",
  "xbytes=0-1",
])("%j asks for the whole", (range) => {
  expect(rangeOf(range)).toBeNull();
});

test("whatever the field says, a part lies inside the picture and is not empty", () => {
  const number = fc.oneof(fc.constant(""), fc.nat({ max: 2 * bytes }).map(String));
  fc.assert(
    fc.property(number, number, fc.integer({ min: 1, max: bytes }), (first, last, size) => {
      const range = parseRange(new Headers({ Range: `bytes=${first}-${last}` }), size);
      if (range === null || range === "unsatisfiable") return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeGreaterThanOrEqual(range.start);
      expect(range.end).toBeLessThan(size);
    }),
  );
});
