import { expect, test } from "vitest";
import { circlesOf } from "./circles.ts";
import { importsOf, sourceFiles } from "../../scripts/docs/source-files.ts";

/** Files by name, each with the names it imports. */
const graph = (imports: Readonly<Record<string, string>>) =>
  Object.entries(imports).map(([path, targets]) => {
    const names = targets.split(" ").filter(Boolean);
    const text = names.map((name) => `import type { T } from "./${name}";`).join("\n");
    return { path, imports: importsOf(path, text) };
  });

test("no files import one another in a circle, type imports included", () => {
  expect(circlesOf(sourceFiles())).toEqual([]);
});

test.each([
  ["two files", { "a.ts": "b.ts", "b.ts": "a.ts" }, [["a.ts", "b.ts"]]],
  ["three files", { "a.ts": "b.ts", "b.ts": "c.ts", "c.ts": "a.ts" }, [["a.ts", "b.ts", "c.ts"]]],
  [
    "a circle behind a file outside it",
    { "a.ts": "b.ts", "b.ts": "c.ts d.ts", "c.ts": "b.ts", "d.ts": "" },
    [["b.ts", "c.ts"]],
  ],
  [
    "two circles that one file joins",
    { "a.ts": "b.ts c.ts", "b.ts": "a.ts", "c.ts": "a.ts" },
    [["a.ts", "b.ts", "c.ts"]],
  ],
  [
    "two circles, one of which imports the other",
    { "a.ts": "b.ts", "b.ts": "a.ts c.ts", "c.ts": "d.ts", "d.ts": "c.ts" },
    [
      ["c.ts", "d.ts"],
      ["a.ts", "b.ts"],
    ],
  ],
])("a circle is found: %s", (_, imports, circles) => {
  expect(circlesOf(graph(imports))).toEqual(circles);
});

test("two ways to one file are no circle", () => {
  expect(circlesOf(graph({ "a.ts": "b.ts c.ts", "b.ts": "d.ts", "c.ts": "d.ts" }))).toEqual([]);
});
