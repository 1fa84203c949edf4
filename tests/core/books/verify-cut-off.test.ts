import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyBooks } from "../../../core/books/verify/verify.ts";
import { keep, ledger, worldOf } from "./kept-books.ts";

type Books = Awaited<ReturnType<typeof keep>>;

const hours = 4;

async function verifiedWithout(books: Books, number: number, end: (bytes: number) => number) {
  const before = books.segments.get(number) ?? new Uint8Array();
  books.segments.set(number, before.slice(0, end(before.length)));
  const { faults, statement } = await verifyBooks(books);
  books.segments.set(number, before);
  return { faults: faults.map(({ where }) => where), statement };
}

test("a segment that is cut off anywhere is found, and named", async () => {
  const books = await keep(await worldOf(hours));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: hours }), fc.nat(), async (number, end) => {
      const found = await verifiedWithout(books, number, (bytes) => end % (bytes - 1));
      expect(found.faults).toContain(`${ledger} ${number}`);
      expect(found.statement).toBe("differs");
    }),
    { numRuns: 40 },
  );
});

test("so is one that lacks its last line break alone, though no figure differs", async () => {
  const books = await keep(await worldOf(hours));
  const found = await verifiedWithout(books, 1, (bytes) => bytes - 1);
  expect(new Set(found.faults)).toEqual(new Set([`${ledger} 1`]));
  expect(found.statement).toBe("identical");
});
