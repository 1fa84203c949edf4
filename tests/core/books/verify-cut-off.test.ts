import fc from "fast-check";
import { expect, test } from "vitest";
import { verifyBooks } from "../../../core/books/verify/verify.ts";
import { keep, ledger, worldOf } from "./kept-books.ts";

const hours = 4;

test("a segment that is cut off anywhere is found, and named", async () => {
  const books = await keep(await worldOf(hours));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: hours }), fc.nat(), async (number, end) => {
      const before = books.segments.get(number) ?? new Uint8Array();
      books.segments.set(number, before.slice(0, end % before.length));
      const { faults, statement } = await verifyBooks(books);
      books.segments.set(number, before);
      expect(faults.map(({ where }) => where)).toContain(`${ledger} ${number}`);
      expect(statement).toBe("differs");
    }),
    { numRuns: 40 },
  );
});
