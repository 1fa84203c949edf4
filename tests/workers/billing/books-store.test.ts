import { expect, test } from "vitest";
import { emptyCheckpoint, openMonth } from "../../../core/billing/checkpoint.ts";
import type { Statement } from "../../../core/billing/statement.ts";
import { segmentKey } from "../../../core/ledger/segment.ts";
import { limits } from "../../../core/limits.ts";
import { BooksStore } from "../../../workers/billing/books-store.ts";
import { MemoryBucket } from "./memory-books.ts";
import { ledger } from "../../core/billing/usage-samples.ts";

test("of two writers who read the same version only the first one writes", async () => {
  const store = new BooksStore(new MemoryBucket());
  const first = emptyCheckpoint(ledger);
  const second = openMonth(first, "2026-11");
  expect((await store.checkpoint(ledger)).version).toBeNull();
  expect(await store.saveCheckpoint(first, null)).toBe(true);
  expect(await store.saveCheckpoint(second, null)).toBe(false);

  const { value, version } = await store.checkpoint(ledger);
  expect(value).toEqual(first);
  expect(await store.saveCheckpoint(second, version)).toBe(true);
  expect(await store.saveCheckpoint(first, version)).toBe(false);
  expect((await store.checkpoint(ledger)).value).toEqual(second);
});

test("an object too large to be a segment is not read", async () => {
  const bucket = new MemoryBucket();
  bucket.objects.set(segmentKey(ledger, 1), new Uint8Array(limits.segmentBytesMax + 1));
  const store = new BooksStore(bucket);
  await expect(store.segment(ledger, 1)).rejects.toThrow(/bytes/);
  bucket.objects.set(segmentKey(ledger, 1), new Uint8Array(limits.segmentBytesMax));
  expect(await store.segment(ledger, 1)).toHaveLength(limits.segmentBytesMax);
  expect(await store.segment(ledger, 2)).toBeNull();
});

test("a statement that an earlier version made final in its own place is final, and stored as such", async () => {
  const store = new BooksStore(new MemoryBucket());
  const stated = (status: Statement["status"]) =>
    ({ tenant: "tnt_a", month: "2026-11", status, totalMicros: 1 }) as unknown as Statement;
  expect(await store.finalStatement("tnt_a", "2026-11")).toBeNull();
  await store.replaceOpenStatement(stated("open"), null);
  expect(await store.finalStatement("tnt_a", "2026-11")).toBeNull();
  const { version } = await store.openStatement("tnt_a", "2026-11");
  await store.replaceOpenStatement(stated("final"), version);
  expect(await store.finalStatement("tnt_a", "2026-11")).toEqual(stated("final"));
  const again = await store.putFinalStatement({ ...stated("final"), totalMicros: 2 });
  expect(again).toEqual(stated("final"));
});
