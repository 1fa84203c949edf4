import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { verifyBooks } from "../../../core/books/verify/verify.ts";
import { exportBooks } from "../../../scripts/books/export.ts";
import { readKept } from "../../../scripts/books/kept-folder.ts";
import { keep, ledger, month, worldOf, type Spoilable } from "../../core/books/kept-books.ts";

vi.spyOn(process.stderr, "write").mockReturnValue(true);

let books: Spoilable;
beforeAll(async () => {
  books = await keep(await worldOf(3));
});

let server: Server | null = null;
afterEach(() => void server?.close());

/** What the service answers at a path; null: 404. */
function answerTo(url: string): string | Uint8Array | null {
  const { pathname, searchParams } = new URL(url, "http://minilab.test");
  const hour = /^\/v1\/transparency\/([\dT-]+)\/heads$/.exec(pathname)?.[1];
  const segment = /^\/v1\/segments\/local\/0\/(\d+)$/.exec(pathname)?.[1];
  if (hour !== undefined) return json(books.loggedHeads.find((each) => each.hour === hour));
  if (segment !== undefined) return books.segments.get(Number(segment)) ?? null;
  if (pathname === `/v1/statements/${month}`) return books.statement;
  if (pathname === "/.well-known/jwks.json") return json(books.keys);
  if (pathname === "/v1/price-lists") return json({ priceLists: books.priceLists });
  if (pathname === "/v1/heads") return json({ heads: books.heads });
  return json(books.logs.find((log) => log.month === searchParams.get("month")));
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

interface Service {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

/** `answersMax`: after so many it refuses. `cutOff`: of this path, the first time, half an answer comes. */
async function serve(answersMax = Infinity, cutOff = ""): Promise<Service> {
  const asked: string[] = [];
  server?.close();
  server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const body = answerTo(path);
    if (asked.length > answersMax) response.writeHead(403).end("{}");
    else if (body === null) response.writeHead(404).end("{}");
    else if (path === cutOff && asked.filter((each) => each === path).length === 1) {
      response.writeHead(200, { "Content-Length": body.length });
      response.write(body.slice(0, body.length / 2), () => response.destroy());
    } else response.writeHead(200).end(body);
  });
  await new Promise<void>((listening) => void server?.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "minilab-export-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const exportTo = (out: string, { url }: Service) =>
  exportBooks({ url, key: "ml_live_x", month, out });

const filesIn = (folder: string) =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(folder, name)).isFile())
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );

test("an export that is cut off after any answer goes on there, and ends as one that was not", async () => {
  const whole = newFolder();
  const service = await serve();
  await exportTo(whole, service);
  expect(await verifyBooks(readKept(whole))).toMatchObject({ segments: 3, faults: [] });
  const answers = service.asked.length;
  expect(answers).toBeGreaterThan(10);

  for (let answersMax = 0; answersMax < answers; answersMax++) {
    const folder = newFolder();
    await expect(exportTo(folder, await serve(answersMax))).rejects.toThrow();
    expect([...filesIn(folder).keys()].filter((name) => name.endsWith(".part"))).toEqual([]);
    const next = await serve();
    await exportTo(folder, next);
    expect(filesIn(folder)).toEqual(filesIn(whole));
  }
  // What never changes is not fetched again.
  const again = await serve();
  await exportTo(whole, again);
  const heads = `/v1/heads?month=${month}`;
  expect(again.asked.filter((path) => /segments|heads/.test(path))).toEqual([heads]);
});

test("an answer that breaks off half-way is asked for again", async () => {
  const folder = newFolder();
  const service = await serve(Infinity, "/v1/segments/local/0/2");
  await exportTo(folder, service);
  expect(service.asked.filter((path) => path.endsWith("/2"))).toHaveLength(2);
  expect((await verifyBooks(readKept(folder))).faults).toEqual([]);
});

test("a folder that was tampered with between two exports is not mended in silence: verify names each file", async () => {
  const folder = newFolder();
  await exportTo(folder, await serve());
  const segment = join(folder, `segments/${ledger}/0000000002.jsonl`);
  writeFileSync(segment, readFileSync(segment, "utf8").replace('"outputs":2', '"outputs":1'));
  writeFileSync(join(folder, `segments/${ledger}/0000000003.jsonl`), "");
  await exportTo(folder, await serve());
  const { faults } = await verifyBooks(readKept(folder));
  const where = faults.map((fault) => `${fault.fault} ${fault.where}`);
  expect(where).toContain(`other-than-witnessed ${ledger} 2`);
  expect(where).toContain(`segment-unreadable ${ledger} 3`);

  // Removed, both are fetched again.
  for (const number of [2, 3]) rmSync(join(folder, `segments/${ledger}/000000000${number}.jsonl`));
  await exportTo(folder, await serve());
  expect((await verifyBooks(readKept(folder))).faults).toEqual([]);
});

test("a credit note is kept as it was first seen, so that one which is gone later is found", async () => {
  const folder = newFolder();
  const honest = books.statement;
  onTestFinished(() => void (books.statement = honest));
  const signed = { number: 1, reference: "T-1", amountMicros: 1, reason: "x", signature: "" };
  const note = { ...signed, issuedAt: "", previous: "", signedAt: 0, key: "" };
  books.statement = JSON.stringify({ ...JSON.parse(honest), creditNotes: [note] });
  await exportTo(folder, await serve());
  expect(readKept(folder).creditNotes).toEqual([note]);
  books.statement = honest;
  await exportTo(folder, await serve());
  const { faults } = await verifyBooks(readKept(folder));
  expect(faults.map(({ fault, where }) => `${fault} ${where}`)).toEqual([
    "credit-note-missing credit note 1",
  ]);
});

test("a kept file that cannot be read is named, with what to do", async () => {
  const folder = newFolder();
  await exportTo(folder, await serve());
  const [hour = ""] = books.loggedHeads.map((each) => each.hour);
  const file = join(folder, `transparency/heads/${hour}.json`);
  writeFileSync(file, '{"heads":[');
  await expect(exportTo(folder, await serve())).rejects.toThrow(`${file}: delete it`);
});

test("a statement that names more records than there can be is refused", async () => {
  const honest = books.statement;
  onTestFinished(() => void (books.statement = honest));
  books.statement = honest.replace(/"last":\d+/, `"last":${10 ** 15}`);
  await expect(exportTo(newFolder(), await serve())).rejects.toThrow("records of");
});
