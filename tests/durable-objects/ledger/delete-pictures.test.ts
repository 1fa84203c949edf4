import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { deletePictures } from "../../../durable-objects/ledger/delete-pictures.ts";

afterEach(() => void vi.useRealTimers());

test("the pictures of a whole purge leave in a few calls, each key once", async () => {
  const keys = Array.from({ length: limits.purgeBatchMax * (1 + limits.outputsMax) }, String);
  const calls: string[][] = [];
  await deletePictures(
    { delete: async (some) => void calls.push([some].flat()) },
    keys,
    globalThis,
  );
  expect(calls.flat()).toEqual(keys);
  expect(calls).toHaveLength(Math.ceil(keys.length / limits.deleteKeysMax));
});

test("no keys, no call", async () => {
  const remove = vi.fn<() => Promise<void>>();
  await deletePictures({ delete: remove }, [], globalThis);
  expect(remove).not.toHaveBeenCalled();
});

test("storage that never answers fails the purge in time, so that the alarm goes on", async () => {
  vi.useFakeTimers();
  const hung = deletePictures({ delete: () => new Promise(() => undefined) }, ["key"], globalThis);
  await Promise.all([
    expect(hung).rejects.toThrow("no answer"),
    vi.advanceTimersByTimeAsync(limits.storageMillisMax),
  ]);
});
