import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Statement } from "../../../core/billing/statement.ts";
import { headText, type SignedHead } from "../../../core/books/transparency.ts";
import type { BooksReport } from "../../../core/books/verify/report.ts";
import { verifyBooks } from "../../../core/books/verify/verify.ts";
import { firstPrevious, sealSegment } from "../../../core/ledger/segment.ts";
import type { UsageEvent } from "../../../core/ledger/usage.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { doneAt, hour } from "../billing/usage-samples.ts";
import { MemoryWorld } from "../../workers/billing/memory-books.ts";
import {
  keep,
  ledger,
  month,
  start,
  tenant,
  workAnHour,
  worldOf,
  type Spoilable,
} from "./kept-books.ts";

const hours = 4;
let world: MemoryWorld;
beforeAll(async () => {
  world = await worldOf(hours);
});

const textOf = (books: Spoilable, number: number) =>
  new TextDecoder().decode(books.segments.get(number));
const put = (books: Spoilable, number: number, text: string) =>
  books.segments.set(number, new TextEncoder().encode(text));
/** Changes the lines of a segment; the header is the first. */
const relined = (books: Spoilable, number: number, change: (lines: string[]) => string[]) =>
  put(books, number, `${change(textOf(books, number).trimEnd().split("\n")).join("\n")}\n`);
const named = ({ faults }: BooksReport) => faults.map(({ fault, where }) => `${fault} ${where}`);

const clean = {
  gaps: 0,
  badSignatures: 0,
  badProofs: 0,
  sumsDifference: 0,
  statement: "identical",
  faults: [],
};

describe("honest books", () => {
  test("are proved: signatures, chain, log, sums, and the statement byte for byte", async () => {
    expect(await verifyBooks(await keep(world))).toEqual({ ...clean, segments: hours, events: 16 });
  });

  test("of a month that is final, and of the next with what came late", async () => {
    const later = await worldOf(5);
    later.ledgerOf(tenant).settle(doneAt(start + 1, 99));
    await workAnHour(later);
    const [november, december] = [await keep(later), await keep(later, "2026-12")];
    expect(JSON.parse(november.statement)).toMatchObject({ status: "final" });
    expect(named(await verifyBooks(december))).toEqual(
      [1, 2, 3, 4, 5].map((number) => `segment-not-named ${ledger} ${number}`),
    );
    for (const number of [6]) november.segments.delete(number);
    for (const number of [1, 2, 3, 4, 5]) december.segments.delete(number);
    expect(await verifyBooks(november)).toMatchObject(clean);
    expect(JSON.parse(december.statement)).toMatchObject({ adjustments: [{ month }] });
    expect(await verifyBooks(december)).toMatchObject(clean);
  });

  test("of segments that name their incarnation", async () => {
    const events = [1, 2, 3].map((seq) => ({ ...doneAt(start, seq), unitsVersion: 1 }));
    const books = await resealed([events], {
      signed: true,
      origin: { incarnation: 2, prices: "2026-01" },
    });
    expect(await verifyBooks(books)).toMatchObject(clean);
  });

  test("of a month in which nothing happened", async () => {
    const idle = new MemoryWorld([tenant], start);
    await rollUpNext(idle, { preview: false });
    expect(await verifyBooks(await keep(idle))).toMatchObject({ ...clean, segments: 0 });
  });
});

describe("a segment", () => {
  test("in which any byte is another is found, and named", async () => {
    const books = await keep(world);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: hours }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (number, position, mask) => {
          const before = books.segments.get(number) ?? new Uint8Array();
          const bytes = Uint8Array.from(before);
          const at = position % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ mask;
          books.segments.set(number, bytes);
          const report = await verifyBooks(books);
          books.segments.set(number, before);
          expect(named(report)).toContain(`other-than-witnessed ${ledger} ${number}`);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each<[string, (books: Spoilable) => unknown, string[], number]>([
    [
      "without one of its rows",
      (books) => relined(books, 2, (lines) => lines.toSpliced(2, 1)),
      [`row-missing ${ledger} 2`, `segment-changed ${ledger} 2`],
      1,
    ],
    [
      "with two rows in each other's place",
      (books) => relined(books, 2, ([head = "", a = "", b = "", ...more]) => [head, b, a, ...more]),
      [`row-out-of-order ${ledger} 2 row 2`, `segment-changed ${ledger} 2`],
      0,
    ],
    [
      "with a row twice",
      (books) => relined(books, 2, ([head = "", a = "", ...more]) => [head, a, a, ...more]),
      [`row-repeated ${ledger} 2 row 2`, `job-billed-twice ${ledger} 2 row 5`],
      0,
    ],
    [
      "with other figures",
      (books) => put(books, 2, textOf(books, 2).replace('"computeUnits":117', '"computeUnits":17')),
      [`segment-changed ${ledger} 2`, `other-than-witnessed ${ledger} 2`, "sums-differ statement"],
      0,
    ],
    [
      "with a failed job that is billed",
      (books) =>
        put(books, 2, textOf(books, 2).replace('"failed","outputs":0', '"failed","outputs":1')),
      [`row-unreadable ${ledger} 2 row 4`],
      0,
    ],
    [
      "with a field that does not belong there",
      (books) => put(books, 2, textOf(books, 2).replaceAll("}\n", ',"paid":true}\n')),
      [`segment-not-canonical ${ledger} 2`],
      0,
    ],
    ["that is gone", (books) => books.segments.delete(3), [`segment-missing ${ledger} 3`], 1],
    [
      "that is gone, the last one",
      (books) => books.segments.delete(4),
      [`segment-missing ${ledger} 4`],
      1,
    ],
    [
      "in the place of another",
      (books) => put(books, 3, textOf(books, 2)),
      [`segment-out-of-place ${ledger} 3`, `segment-changed ${ledger} 3`],
      0,
    ],
    [
      "that has changed places with another",
      (books) => {
        const [two, three] = [textOf(books, 2), textOf(books, 3)];
        put(books, 2, three);
        put(books, 3, two);
      },
      [`segment-out-of-place ${ledger} 2`, `segment-out-of-place ${ledger} 3`],
      0,
    ],
    [
      "of another ledger",
      (books) => put(books, 2, textOf(books, 2).replace(tenant, "tnt_b")),
      [`segment-out-of-place ${ledger} 2`],
      0,
    ],
    ["that is none", (books) => put(books, 2, "{}"), [`segment-unreadable ${ledger} 2`], 0],
    [
      "that was added",
      (books) => put(books, 5, textOf(books, 4)),
      [`segment-not-named ${ledger} 5`],
      0,
    ],
  ])("%s is found, and named", async (_, spoil, expected, gaps) => {
    const books = await keep(world);
    spoil(books);
    const report = await verifyBooks(books);
    expect(named(report)).toEqual(expect.arrayContaining(expected));
    expect(report.gaps).toBe(gaps);
  });
});

describe("a dishonest ledger", () => {
  test("that sealed its whole chain again, with a statement to match, is found", async () => {
    const honest = await keep(world);
    const books = await resealed(
      [[1], [2], [3], [4]].map((seqs) => seqs.map(cheap)),
      {
        signed: false,
      },
    );
    // All that the customer was shown before is what the witness signed.
    const report = await verifyBooks({
      ...books,
      logs: honest.logs,
      loggedHeads: honest.loggedHeads,
      heads: honest.heads,
    });
    expect(report).toMatchObject({ sumsDifference: 0, statement: "identical", badProofs: 4 });
    expect(named(report)).toEqual(
      [4, 3, 2, 1].map((number) => `other-than-witnessed ${ledger} ${number}`),
    );
  });

  test("that went on otherwise after a restore is found, although both ends were signed", async () => {
    const honest = await keep(world);
    const books = await resealed(
      [[1], [2], [3], [4]].map((seqs) => seqs.map(cheap)),
      {
        signed: true,
      },
    );
    const report = await verifyBooks({
      ...books,
      logs: honest.logs,
      loggedHeads: honest.loggedHeads,
      heads: [...honest.heads, ...books.heads],
    });
    expect(named(report)).toContain(`forked ${ledger} 4`);
    expect(report.badProofs).toBeGreaterThan(1);
  });

  test("that bills a job twice in perfect form is found", async () => {
    const events = [doneAt(start, 1), { ...doneAt(start, 2), job: doneAt(start, 1).job }];
    const report = await verifyBooks(await resealed([events], { signed: true }));
    expect(named(report)).toEqual([`job-billed-twice ${ledger} 1 row 2`]);
  });

  test("whose chain nobody signed proves nothing", async () => {
    const report = await verifyBooks(await resealed([[cheap(1)]], { signed: false }));
    expect(named(report)).toEqual([`not-witnessed ${ledger} 1`]);
  });

  test("that goes back to an earlier incarnation is found", async () => {
    const books = await resealed([[cheap(1)]], {
      signed: true,
      origin: { incarnation: 2, prices: "p" },
    });
    const after = sealed([[cheap(1)], [cheap(2)]], { incarnation: 1, prices: "p" });
    books.segments.set(2, after[1]?.bytes ?? new Uint8Array());
    const statement = JSON.parse(books.statement) as Statement;
    const segments = statement.segments.map((each) => ({ ...each, last: 2 }));
    const report = await verifyBooks({
      ...books,
      statement: JSON.stringify({ ...statement, segments }),
    });
    expect(named(report)).toContain(`incarnation-goes-back ${ledger} 1`);
  });
});

const cheap = (seq: number): UsageEvent => ({ ...doneAt(start + seq, seq), computeUnits: 1 });

function sealed(
  runs: readonly (readonly UsageEvent[])[],
  origin?: { incarnation: number; prices: string },
) {
  let previous = firstPrevious;
  return runs.map((events, index) => {
    const content = { ledger, number: index + 1, previous, sealedAt: start + hour, events };
    const segment = sealSegment({ ...content, ...(origin && { origin }) });
    previous = segment.hash;
    return segment;
  });
}

/** Books of a chain in perfect form, billed as the service bills. `signed`: the witness believes it. */
async function resealed(
  runs: readonly (readonly UsageEvent[])[],
  { signed, origin }: { signed: boolean; origin?: { incarnation: number; prices: string } },
): Promise<Spoilable> {
  const other = new MemoryWorld([tenant], start + hour);
  const segments = sealed(runs, origin);
  for (const { key, bytes } of segments) other.bucket.objects.set(key, bytes);
  other.seal = async () => ({
    segments: segments.length,
    hash: segments.at(-1)?.hash ?? firstPrevious,
    sealedThrough: other.clock,
  });
  await rollUpNext(other, { preview: false });
  const books = await keep(other);
  expect(books.heads.map((head: SignedHead) => headText(head))).toHaveLength(1);
  if (!signed) books.heads = [];
  return books;
}
