import { beforeAll, describe, expect, test } from "vitest";
import { priceLists } from "../../../core/billing/price-list.ts";
import type { BooksReport, FaultName } from "../../../core/books/verify/report.ts";
import { verifyBooks } from "../../../core/books/verify/verify.ts";
import { withNewKey } from "../../../scripts/books/witness-keys.ts";
import { KeyRing } from "../../../core/books/key-ring.ts";
import { hour } from "../billing/usage-samples.ts";
import type { MemoryWorld } from "../../workers/billing/memory-books.ts";
import { witnessKeys } from "../../workers/billing/witness-keys.ts";
import { keep, month, start, worldOf, type Spoilable } from "./kept-books.ts";

let world: MemoryWorld;
beforeAll(async () => {
  world = await worldOf(4);
});

const faultNames = ({ faults }: BooksReport) => new Set(faults.map(({ fault }) => fault));

describe("what the witness signed", () => {
  const rotated = () => {
    const { keys } = new KeyRing(JSON.stringify(withNewKey(witnessKeys as never, start + hour)))
      .publicKeys;
    return { keys };
  };

  test.each<[string, (books: Spoilable) => unknown, FaultName, number]>([
    // The first head is from the moment in which the key was replaced, and counts.
    ["with a key when it was retired", (books) => (books.keys = rotated()), "retired-key", 4],
    ["with a key that is not known", (books) => (books.keys = { keys: [] }), "unknown-key", 7],
    [
      "and somebody changed",
      (books) => (books.heads = books.heads.map((head) => ({ ...head, events: 1 }))),
      "bad-signature",
      1,
    ],
    [
      "with another's signature",
      (books) =>
        (books.logs = books.logs.map((log) => ({
          ...log,
          hours: log.hours.map((each) => ({ ...each, signature: "A" })),
        }))),
      "bad-signature",
      3,
    ],
  ])("%s is found", async (_, spoil, fault, badSignatures) => {
    const books = await keep(world);
    spoil(books);
    const report = await verifyBooks(books);
    expect(faultNames(report)).toContain(fault);
    expect(report.badSignatures).toBe(badSignatures);
  });

  test.each<[string, (books: Spoilable) => unknown, FaultName]>([
    [
      "lost an hour",
      ({ logs }) => (logs[0] = { ...one(logs[0]), hours: one(logs[0]).hours.toSpliced(1, 1) }),
      "hour-not-in-tree",
    ],
    [
      "has its hours in another order",
      ({ logs }) => (logs[0] = { ...one(logs[0]), hours: one(logs[0]).hours.toReversed() }),
      "log-goes-back",
    ],
    [
      "has another number of heads in an hour",
      ({ logs }) =>
        (logs[0] = {
          ...one(logs[0]),
          hours: one(logs[0]).hours.map((each) => ({ ...each, heads: 9 })),
        }),
      "hour-not-in-tree",
    ],
    [
      "does not hold a head that it gave",
      (books) =>
        (books.loggedHeads = books.loggedHeads.map((each, index, all) => ({
          ...each,
          heads: one(all[(index + 1) % all.length]).heads,
        }))),
      "head-not-in-hour",
    ],
    ["is no log", (books) => (books.logs = [{} as never]), "log-unreadable"],
  ])("whose log %s is found", async (_, spoil, fault) => {
    const books = await keep(world);
    spoil(books);
    const report = await verifyBooks(books);
    expect(faultNames(report)).toContain(fault);
    expect(report.badProofs).toBeGreaterThan(0);
  });

  test("whose log of a month does not follow the month before is found", async () => {
    const books = await keep(await worldOf(6));
    const [november, december] = books.logs;
    books.logs = [{ ...one(november), hours: one(november).hours.slice(0, -1) }, one(december)];
    expect(faultNames(await verifyBooks(books))).toContain("months-not-linked");
  });
});

describe("a statement", () => {
  test.each<[string, (text: string) => string, FaultName, number]>([
    [
      "with another sum",
      (text) => text.replaceAll('"computeUnits":1404', '"computeUnits":1405'),
      "sums-differ",
      1,
    ],
    [
      "with another price",
      (text) => text.replace('"unitPriceMicros":14500', '"unitPriceMicros":14501'),
      "statement-differs",
      0,
    ],
    [
      "with another total",
      (text) => text.replace(/"totalMicros":\d+/, '"totalMicros":1'),
      "statement-differs",
      0,
    ],
    ["with a space", (text) => text.replace(",", ", "), "statement-differs", 0],
    [
      "of a price list that is not its month's",
      (text) => text.replace('"priceList":"2026-01"', '"priceList":"2025-01"'),
      "price-list-missing",
      0,
    ],
    ["that is none", () => "{}", "statement-unreadable", 0],
    ["without usage", (text) => withField(text, { usage: null }), "statement-unreadable", 0],
    ["with usage of nothing", (text) => withField(text, { usage: {} }), "statement-unreadable", 0],
    [
      "with a text for segments",
      (text) => withField(text, { segments: "" }),
      "statement-unreadable",
      0,
    ],
    ["of several months", (text) => withField(text, { month: [month] }), "statement-unreadable", 0],
  ])("%s is found", async (_, change, fault, sumsDifference) => {
    const books = await keep(world);
    books.statement = change(books.statement);
    const report = await verifyBooks(books);
    expect(faultNames(report)).toContain(fault);
    expect(report).toMatchObject({ statement: "differs", sumsDifference });
  });

  test.each<[string, Partial<Record<keyof Spoilable, unknown>>]>([
    ["price lists that are none", { priceLists: [null] }],
    ["a price that is no figure", { priceLists: [{ ...priceLists[0], prices: [{}] }] }],
    ["keys that are none", { keys: { keys: null } }],
  ])("with %s is not proved, and the report says so", async (_, spoilt) => {
    const books = Object.assign(await keep(world), spoilt);
    const report = await verifyBooks(books);
    expect(faultNames(report)).toContain("statement-unreadable");
    expect(report.statement).toBe("differs");
  });
});

const withField = (text: string, fields: object) =>
  JSON.stringify({ ...(JSON.parse(text) as object), ...fields });

/** The value of what must be there. */
function one<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("it is there");
  return value;
}
