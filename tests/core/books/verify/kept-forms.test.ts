import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { StatedCreditNote } from "../../../../core/books/credit-note.ts";
import { verifyBooks } from "../../../../core/books/verify/verify.ts";
import { keep, worldOf, type Spoilable } from "../kept-books.ts";

let honest: Spoilable;
beforeAll(async () => {
  honest = await keep(await worldOf(2));
});

/** What is in the folder apart from the segments, as JSON has it. */
const partsOf = ({ statement, keys, priceLists, logs, loggedHeads, heads }: Spoilable) =>
  structuredClone({
    ...{ statement: JSON.parse(statement) as object, keys, priceLists, logs, loggedHeads, heads },
    creditNotes: [{ number: 1 } as StatedCreditNote],
  });

/** The value with another one at a place in it. */
function replaced(value: unknown, place: number, other: unknown): unknown {
  let left = place;
  const walk = (each: unknown): unknown => {
    if (left-- === 0) return other;
    if (typeof each !== "object" || each === null) return each;
    if (Array.isArray(each)) return each.map(walk);
    return Object.fromEntries(Object.entries(each).map(([name, part]) => [name, walk(part)]));
  };
  return walk(value);
}

const verify = (parts: ReturnType<typeof partsOf>) =>
  verifyBooks({
    ...{ ...honest, ...parts, statement: JSON.stringify(parts.statement) },
    kept: honest.kept,
    segment: (ledger, number) => honest.segment(ledger, number),
  });

const nested = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);

describe("whatever stands in a part of the books, the verifier ends with a report", () => {
  // Neither can be made a text of.
  const noText = [{ toString: 1 }, [{ toString: 1 }]];

  test.each(["statement", "keys", "priceLists", "logs", "loggedHeads", "heads", "creditNotes"])(
    "%s",
    async (name) => {
      const part = name as keyof ReturnType<typeof partsOf>;
      const places = JSON.stringify(partsOf(honest)[part]).match(/[[{,:]/g)?.length ?? 0;
      await fc.assert(
        fc.asyncProperty(
          fc.nat(places),
          fc.oneof(fc.jsonValue(), fc.constantFrom(...noText, -1, 1.5, 0, "", null)),
          async (place, other) => {
            const parts = partsOf(honest);
            const spoilt = { ...parts, [part]: replaced(parts[part], place, other) };
            expect(await verify(spoilt)).toHaveProperty("faults");
          },
        ),
        { numRuns: 1000 },
      );
    },
  );

  test.each(["statement", "keys", "priceLists", "logs", "loggedHeads", "heads", "creditNotes"])(
    "%s that are nested too deeply to be written again",
    async (name) => {
      const parts = partsOf(honest);
      const part = parts[name as keyof typeof parts];
      const deep = Array.isArray(part)
        ? part.map((each: object) => ({ ...each, late: nested(5000) }))
        : Object.assign({}, part, { late: nested(5000) });
      const { faults } = await verifyBooks({
        ...{ ...honest, ...parts, [name]: deep },
        statement: name === "statement" ? `{"late":${"[".repeat(5000)}` : honest.statement,
        kept: honest.kept,
        segment: (ledger, number) => honest.segment(ledger, number),
      });
      expect(faults.map(({ fault }) => fault).join()).toMatch(
        /statement-unreadable|log-unreadable/,
      );
    },
  );
});

test("fields that later versions add to keys, lists, logs and heads are no fault", async () => {
  const { keys, priceLists, logs, loggedHeads, heads } = honest;
  const more = { addedLater: { by: ["a later version"] } };
  const { faults } = await verifyBooks({
    ...honest,
    keys: { keys: [...keys.keys, { kty: "RSA", n: "AQAB", ...more } as never] },
    priceLists: [
      ...priceLists,
      { version: "2031-01", from: "2031-01", currency: "USD", prices: [more] } as never,
    ],
    logs: logs.map((log) => ({ ...log, ...more })),
    loggedHeads: loggedHeads.map((each) => ({ ...each, ...more })),
    heads: heads.map((head) => ({ ...head, ...more })),
    kept: honest.kept,
    segment: (ledger, number) => honest.segment(ledger, number),
  });
  expect(faults).toEqual([]);
});

describe("what goes wrong in the verifier itself is not said to be a fault of the books", () => {
  test.each(["keys", "priceLists"] as const)("while it reads %s", async (part) => {
    const books = { ...honest, kept: honest.kept, segment: async () => null };
    const broken = new Error("a fault of ours");
    Object.defineProperty(books, part, {
      get: () => {
        throw broken;
      },
    });
    await expect(verifyBooks(books)).rejects.toBe(broken);
  });
});
