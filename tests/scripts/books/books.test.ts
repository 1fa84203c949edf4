import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { keepFile, keptFiles } from "../../../scripts/books/kept-folder.ts";
import { keep, ledger, worldOf, type Spoilable } from "../../core/books/kept-books.ts";

const command = join(import.meta.dirname, "../../../scripts/books/books.ts");

let books: Spoilable;
beforeAll(async () => {
  books = await keep(await worldOf(1));
});

/** A folder with the books, except for their segments. */
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "minilab-books-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  const put = (name: string, text: string) => keepFile(made, name, new TextEncoder().encode(text));
  put(keptFiles.statement, books.statement);
  put(keptFiles.keys, JSON.stringify(books.keys));
  put(keptFiles.priceLists, JSON.stringify({ priceLists: books.priceLists }));
  put(keptFiles.heads, JSON.stringify({ heads: books.heads }));
  return made;
}

function verify(kept: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, "verify", kept], {
    encoding: "utf8",
  });
  return { status, said: stdout + stderr };
}

const stack = /\n\s+at /;

test("a check that cannot be finished ends with 2, and says that it says nothing about the books", () => {
  const kept = folder();
  mkdirSync(join(kept, keptFiles.segment(ledger, 1)), { recursive: true });
  const { status, said } = verify(kept);
  expect(said).toContain("The check could not be finished: Error: EISDIR");
  expect(said).toContain("It says nothing about the books.");
  expect(said).not.toMatch(stack);
  expect(status).toBe(2);
});

test.each([
  [keptFiles.priceLists, "null"],
  [keptFiles.heads, "7"],
  [keptFiles.keys, "[]"],
  [keptFiles.statement, '{"segments":[{}]}'],
])("a fault in %s is named, and ends with 1", (name, text) => {
  const kept = folder();
  writeFileSync(join(kept, name), text);
  const { status, said } = verify(kept);
  expect(said).toMatch(/unreadable {2}/);
  expect(said).not.toMatch(stack);
  expect(status).toBe(1);
});
