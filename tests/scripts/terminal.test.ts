import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { formatBytes, formatMillis, table } from "../../scripts/terminal.ts";

test("a table lines its columns up, words left and numbers right", () => {
  const text = table(
    ["name", "bytes"],
    [
      ["a", 5],
      ["longer", 1234],
    ],
  );
  expect(stripVTControlCharacters(text).split("\n")).toEqual([
    "name     bytes",
    "a            5",
    "longer    1234",
  ]);
});

test.each([
  [999, "999 B"],
  [1000, "1.0 kB"],
  [3_958_017, "3.96 MB"],
])("%d bytes read %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [12.4, "12 ms"],
  [1500, "1.5 s"],
])("%d milliseconds read %s", (millis, text) => expect(formatMillis(millis)).toBe(text));
