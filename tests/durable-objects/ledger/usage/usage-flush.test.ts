import { beforeEach, expect, test } from "vitest";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { Quarantine } from "../../../../durable-objects/ledger/quarantine.ts";
import { UsageFlush } from "../../../../durable-objects/ledger/usage/usage-flush.ts";
import { UsageStore } from "../../../../durable-objects/ledger/usage/usage-store.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

test("events that a bounded run leaves are not said to be sealed", async () => {
  world.finish(world.accept());
  const settledAt = world.now;
  world.pass(1000);
  const { sql } = world.storage;
  const log = { info() {}, warn() {}, error() {} };
  const host = { name: world.name, timers: globalThis, now: () => world.now, log };
  const usage = new UsageStore(sql, host.now, new Quarantine(sql, host));
  const flush = new UsageFlush(host, usage, world.books, { catchUp: () => Promise.resolve() });
  expect(await flush.run(0)).toMatchObject({ segments: 0, sealedThrough: settledAt });
  expect(await flush.run(1)).toMatchObject({ segments: 1, sealedThrough: world.now });
});

test("a segment that another ledger stored under the same name is not taken for this one's", async () => {
  await world.ledger.seal();
  world.finish(world.accept());
  const key = segmentKey(world.name, 1);
  await world.books.put(key, "another's", { customMetadata: { sha256: "another's" } });
  await expect(world.ledger.seal()).rejects.toThrow("other content");
  await expect(world.wake().seal()).rejects.toThrow("other content");
  expect(world.rows(`SELECT seq FROM events`)).toEqual([{ seq: 1 }]);
  expect(world.books.text(key)).toBe("another's");
});
