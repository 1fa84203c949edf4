import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  dataTables,
  fileLinesMax,
  folderFilesMax,
  forbiddenNames,
  functionLinesMax,
  longFolders,
  type Room,
  rooms,
  sourceFilesMin,
} from "./rooms.ts";
import { importsOf, type SourceFile, sourceFiles } from "../../scripts/docs/source-files.ts";

const root = resolve(import.meta.dirname, "../..");
const files = sourceFiles();

describe("the arrows between rooms run one way", () => {
  for (const room of rooms) {
    test(`${room.folder} imports only what it may`, () => {
      const inRoom = files.filter(({ path }) => roomOf(path) === room);
      expect(inRoom.length).toBeGreaterThan(0);
      expect(inRoom.flatMap((file) => forbiddenImports(room, file))).toEqual([]);
    });
  }

  test("whoever checks a bill needs core/books alone", () => {
    const inBooks = files.filter(({ path }) => path.startsWith("core/books/"));
    expect(inBooks.length).toBeGreaterThan(0);
    const others = inBooks
      .flatMap(({ imports }) => imports)
      .map(({ target }) => target)
      .filter((target) => !/^(core\/books\/|@noble\/hashes\/)/.test(target));
    expect(others).toEqual([]);
  });

  test("every source file stands in a room", () => {
    const homeless = files.filter(
      ({ path }) => path.includes("/") && !path.endsWith(".d.ts") && !roomOf(path),
    );
    expect(homeless.map(({ path }) => path)).toEqual([]);
  });
});

describe("the house is kept", () => {
  test("the search finds the source files and their imports", () => {
    expect(files.length).toBeGreaterThanOrEqual(sourceFilesMin);
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(files.length);
  });

  test(`no file is longer than ${fileLinesMax} lines`, () => {
    const long = files
      .filter(({ path }) => !isKernel(path) && !dataTables.includes(path))
      .filter(({ text }) => text.split("\n").length - 1 > fileLinesMax);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test(`the linter allows no function of more than ${functionLinesMax} lines, but in tests and kernels`, () => {
    const rule = "max-lines-per-function";
    const { rules, overrides, ignorePatterns } = linter();
    expect(rules[rule]).toEqual(["error", { max: functionLinesMax }]);
    const loosened = overrides.filter((each) => rule in each.rules);
    expect(loosened.map((each) => each.files)).toEqual([["tests/**"]]);
    expect(ignorePatterns).toEqual(["dist", "out", ".wrangler", "engine/kernels"]);
  });

  test(`no folder holds more than ${folderFilesMax} source files side by side`, () => {
    const byFolder = Map.groupBy(files, ({ path }) => path.split("/").slice(0, -1).join("/"));
    const crowded = [...byFolder].filter(
      ([folder, some]) =>
        some.length > folderFilesMax && !longFolders.some((long) => long.test(folder)),
    );
    expect(crowded.map(([folder, { length }]) => `${folder}: ${length}`)).toEqual([]);
  });

  test("no folder or file has a name that says nothing", () => {
    const named = files.filter(({ path }) =>
      path.split("/").some((part) => forbiddenNames.includes(part.replace(/\..*$/, ""))),
    );
    expect(named.map(({ path }) => path)).toEqual([]);
  });

  test("no file only passes on what others export", () => {
    const barrels = files.filter(
      ({ text }) => text.trim() !== "" && code(text).every((line) => /^export .* from /.test(line)),
    );
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  test("imports name the file with its extension", () => {
    const vague = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ ours, specifier }) => ours && !/\.(ts|mjs|wasm|json)$/.test(specifier))
        .filter(() => !isKernel(path))
        .map(({ specifier }) => `${path} → ${specifier}`),
    );
    expect(vague).toEqual([]);
  });
});

test.each([
  ['import { a } from "../core/a.ts";', "core/a.ts", false],
  ['import type { A } from "../core/a.ts";', "core/a.ts", true],
  ['import {\n  a,\n  type B,\n} from "../core/a.ts";', "core/a.ts", false],
  ['export { a } from "../core/a.ts";', "core/a.ts", false],
  ['export type { A } from "../core/a.ts";', "core/a.ts", true],
  ['export * from "../core/a.ts";', "core/a.ts", false],
  ['import "../core/a.ts";', "core/a.ts", false],
  ['import * as z from "zod/mini";', "zod/mini", false],
  ['const a = await import("../core/a.ts");', "core/a.ts", false],
])("the reader of imports understands %j", (text, target, typeOnly) => {
  expect(importsOf("engine/b.ts", text)).toMatchObject([{ target, typeOnly }]);
});

test.each([
  ["core/a.ts", 'import { b } from "../engine/b.ts";'],
  ["core/a.ts", 'import { readFile } from "node:fs";'],
  ["durable-objects/a.ts", 'import { b } from "../engine/b.ts";'],
  ["workers/api/a.ts", 'import { b } from "../../engine/b.ts";'],
  ["workers/api/a.ts", 'import type { B } from "../consumer/b.ts";'],
  ["workers/api/a.ts", 'import { Ledger } from "../../durable-objects/ledger/tenant-ledger.ts";'],
  ["workers/consumer/a.ts", 'import sharp from "sharp";'],
  ["engine/a.ts", 'import { b } from "../scripts/b.ts";'],
])("a breach is seen: %s with %j", (path, text) => {
  const room = roomOf(path);
  if (!room) throw new Error(`${path} stands in no room`);
  expect(forbiddenImports(room, { path, text, imports: importsOf(path, text) })).toHaveLength(1);
});

function forbiddenImports(room: Room, { path, imports }: SourceFile): string[] {
  return imports
    .filter(({ ours, target, typeOnly }) => {
      if (!ours) return !typeOnly && !room.packages.some((allowed) => allowed.test(target));
      const folder = roomOf(target)?.folder ?? target;
      if (folder === room.folder || room.uses.includes(folder)) return false;
      return !(typeOnly && room.usesTypesOf.includes(folder));
    })
    .map(({ target }) => `${path} → ${target}`);
}

function linter() {
  return JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as {
    readonly rules: Readonly<Record<string, unknown>>;
    readonly overrides: readonly { readonly files: string[]; readonly rules: object }[];
    readonly ignorePatterns: readonly string[];
  };
}

/** AssemblyScript: imports have no extension, and state shared by functions must stand in their file. */
function isKernel(path: string): boolean {
  return path.startsWith("engine/kernels/");
}

function roomOf(path: string): Room | undefined {
  return rooms.find(({ folder }) => path.startsWith(`${folder}/`));
}

/** The lines of a file without comments and blank lines. */
function code(text: string): string[] {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
}
