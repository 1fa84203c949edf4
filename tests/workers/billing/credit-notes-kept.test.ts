import { expect, test, vi } from "vitest";
import type { SignedCreditNote } from "../../../core/books/credit-note.ts";
import { limits } from "../../../core/limits.ts";
import { BooksStore } from "../../../workers/billing/books-store.ts";
import { MemoryBucket } from "./memory-books.ts";

const tenant = "tnt_a";
const month = "2026-11";
const note = (number: number, reason = "An outage") =>
  ({ tenant, month, number, reason }) as SignedCreditNote;

async function storeWith(...numbers: readonly number[]) {
  const store = new BooksStore(new MemoryBucket());
  for (const number of numbers) await store.putCreditNote(note(number));
  return store;
}

test("a month's credit notes are those that follow one another from the first", async () => {
  const store = await storeWith(1, 2, 4);
  expect(await store.creditNotes(tenant, month)).toEqual([note(1), note(2)]);
  expect(await store.creditNotes(tenant, "2026-12")).toEqual([]);
});

test("no more credit notes are read of a month than it may have", async () => {
  const most = limits.creditNotesPerMonthMax;
  const store = await storeWith(...Array.from({ length: most + 1 }, (_, index) => index + 1));
  expect(await store.creditNotes(tenant, month)).toHaveLength(most);
});

test("all credit notes that are stored of a tenant are named by month and number", async () => {
  const store = await storeWith(1, 4);
  expect(await store.creditNoteNames(tenant)).toEqual(["2026-11/1", "2026-11/4"]);
  expect(await store.creditNoteNames("tnt_b")).toEqual([]);
});

test("a credit note that is stored stays as it is", async () => {
  const store = await storeWith(1);
  expect(await store.putCreditNote(note(1, "Another"))).toEqual(note(1));
  expect(await store.creditNotes(tenant, month)).toEqual([note(1)]);
});

test("what was there when it was to be written, and is gone when it is read, is an error", async () => {
  const bucket = new MemoryBucket();
  vi.spyOn(bucket, "put").mockResolvedValue(null);
  await expect(new BooksStore(bucket).putCreditNote(note(1))).rejects.toThrow(
    "was there and is gone",
  );
});
