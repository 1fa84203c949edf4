import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test, vi } from "vitest";
import {
  formatBytes,
  formatMillis,
  readArguments,
  table,
  wholeNumber,
} from "../../scripts/terminal.ts";

test("--help prints the usage, and a wrong argument is named before it", () => {
  const exit = vi.spyOn(process, "exit").mockImplementation((code) => {
    throw new Error(`ended with ${code}`);
  });
  const out = vi.spyOn(console, "log").mockReturnValue();
  const err = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const options = { json: { type: "boolean" } } as const;
  const read = (...args: string[]) => readArguments("npm run x", { args, options });

  expect(read("--json").values.json).toBe(true);
  expect(exit).not.toHaveBeenCalled();
  expect(() => read("--help")).toThrow("ended with 0");
  expect(out).toHaveBeenCalledWith("npm run x");
  expect(() => read("--jsno")).toThrow("ended with 1");
  const said = stripVTControlCharacters(String(err.mock.lastCall?.[0]));
  expect(said).toBe("Unknown option '--jsno'.\n\nnpm run x\n");
});

test("every command has a usage", () => {
  const root = resolve(import.meta.dirname, "../..");
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const files = Object.values(scripts).flatMap((line) => /\S+\.ts$/.exec(line) ?? []);
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    expect(readFileSync(join(root, file), "utf8"), file).toMatch(/\b(const|function) usage\b/);
  }
});

test("a number that is none, or too small, is refused by its option's name", () => {
  expect(wholeNumber("runs", "3", 1)).toBe(3);
  for (const text of ["", "x", "1.5", "-1", "0"]) {
    expect(() => wholeNumber("runs", text, 1)).toThrow("--runs must be a whole number from 1");
  }
});

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
