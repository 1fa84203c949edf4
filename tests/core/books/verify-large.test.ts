import { expect, test, vi } from "vitest";
import { JobSet } from "../../../core/books/verify/job-set.ts";
import { verifyBooks } from "../../../core/books/verify/verify.ts";
import { keep, ledger, worldOf } from "./kept-books.ts";

const hours = 4;

test("jobs whose hashes are equal by chance are not taken for one", async () => {
  const books = await keep(await worldOf(hours));
  const add = vi
    .spyOn(JobSet.prototype, "add")
    .mockReturnValueOnce(true)
    .mockReturnValueOnce(false);
  expect((await verifyBooks(books)).faults).toEqual([]);
  expect(add).toHaveBeenCalledTimes(3 * hours);
});

test("records beyond all number are missing together, and none is looked for", async () => {
  const books = await keep(await worldOf(hours));
  books.statement = books.statement.replace(/"last":\d+/, `"last":${10 ** 15}`);
  const read = vi.spyOn(books, "segment");
  const { gaps, faults } = await verifyBooks(books);
  expect(gaps).toBe(10 ** 15 - hours);
  expect(faults.map(({ fault, where }) => `${fault} ${where}`)).toContain(
    `segment-missing ${ledger} 1 to ${10 ** 15}`,
  );
  expect(read).not.toHaveBeenCalled();
});
