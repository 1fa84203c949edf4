import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import type { verifyBooks } from "../../../core/books/verify/verify.ts";
import { keep, worldOf } from "./kept-books.ts";

const entry = join(import.meta.dirname, "../../../core/books/verify/verify.ts");

/** What every browser has, and nothing of Node. */
const browser = () => createContext({ crypto, TextEncoder, TextDecoder, atob });

let inBrowser: typeof verifyBooks;
beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "verifier",
    platform: "browser",
  });
  const page = browser();
  runInContext(outputFiles[0]?.text ?? "", page);
  inBrowser = runInContext("verifier.verifyBooks", page) as typeof verifyBooks;
});

test("the verifier proves honest books with nothing but what a browser has", async () => {
  expect(await inBrowser(await keep(await worldOf(2)))).toMatchObject({
    segments: 2,
    events: 8,
    statement: "identical",
    faults: [],
  });
});

test("and finds there what was changed", async () => {
  const books = await keep(await worldOf(2));
  const text = new TextDecoder().decode(books.segments.get(1));
  books.segments.set(
    1,
    new TextEncoder().encode(text.replace('"computeUnits":', '"computeUnits":1')),
  );
  const { faults } = await inBrowser(books);
  expect(faults.map(({ fault }) => fault)).toContain("segment-changed");
});
