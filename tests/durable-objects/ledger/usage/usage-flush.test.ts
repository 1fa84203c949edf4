import { beforeEach, expect, test } from "vitest";
import { firstPrevious, segmentKey } from "../../../../core/ledger/segment.ts";
import { Quarantine } from "../../../../durable-objects/ledger/quarantine.ts";
import { UsageFlush } from "../../../../durable-objects/ledger/usage/usage-flush.ts";
import { UsageStore } from "../../../../durable-objects/ledger/usage/usage-store.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

/** A flush over what is stored now. */
function flushing() {
  const { sql } = world.storage;
  const log = { info() {}, warn() {}, error() {} };
  const host = { name: world.name, timers: globalThis, now: () => world.now, log };
  const usage = new UsageStore(sql, host.now, new Quarantine(sql, host));
  const flush = new UsageFlush(host, {
    ...{ usage, books: world.books },
    restored: { catchUp: () => Promise.resolve() },
    atomically: (change) => world.storage.transactionSync(change),
  });
  return { usage, flush };
}
const pending = () => world.rows<{ seq: number }>(`SELECT seq FROM events`).map(({ seq }) => seq);

test("events that a bounded run leaves are not said to be sealed", async () => {
  world.finish(world.accept());
  const settledAt = world.now;
  world.pass(1000);
  const { flush } = flushing();
  expect(await flush.run(0)).toMatchObject({
    segments: 0,
    hash: firstPrevious,
    sealedThrough: settledAt,
  });
  const { hash, ...sealed } = await flush.run(1);
  expect(sealed).toMatchObject({ segments: 1, sealedThrough: world.now });
  const stored = world.books.objects.get(segmentKey(world.name, 1));
  expect(stored?.customMetadata).toEqual({ sha256: hash });
});

test("a run stores no more segments than it may, the one that was frozen before first", async () => {
  world.finish(world.accept());
  flushing().usage.freeze(1, 10);
  world.finish(world.accept());
  const { flush } = flushing();
  expect(await flush.run(1)).toMatchObject({ segments: 1 });
  expect(pending()).toEqual([2]);
  expect(await flush.run(1)).toMatchObject({ segments: 2 });
  expect(pending()).toEqual([]);
});

test("a segment has no more events than it may", () => {
  for (let jobs = 0; jobs < 5; jobs++) world.finish(world.accept());
  expect(
    flushing()
      .usage.freeze(5, 2)
      ?.events.map(({ seq }) => seq),
  ).toEqual([1, 2]);
});

test("a segment that another ledger stored under the same name is not taken for this one's", async () => {
  await world.ledger.seal();
  world.finish(world.accept());
  const key = segmentKey(world.name, 1);
  await world.books.put(key, "another's", { customMetadata: { sha256: "another's" } });
  await expect(world.ledger.seal()).rejects.toThrow("other content");
  await expect(world.wake().seal()).rejects.toThrow("other content");
  expect(pending()).toEqual([1]);
  expect(world.books.text(key)).toBe("another's");
});
