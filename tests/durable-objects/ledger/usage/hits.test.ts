import { expect, test } from "vitest";
import { hourMillis } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { HitStore } from "../../../../durable-objects/ledger/usage/hits.ts";
import { LedgerWorld } from "../ledger-world.ts";

test("hits are summed by the hour, and forgotten with the hours of usage", () => {
  const world = new LedgerWorld();
  const hits = new HitStore(world.storage.sql, () => world.now);
  const hour = world.now;
  hits.count({ requests: 3, bytes: 30 });
  world.now += hourMillis - 1;
  hits.count({ requests: 2, bytes: 5 });
  world.now += 1;
  hits.count({ requests: 1, bytes: 0 });
  expect(hits.between(hour, hour + hourMillis)).toEqual({ requests: 5, bytes: 35 });
  expect(hits.between(hour, hour + 2 * hourMillis)).toEqual({ requests: 6, bytes: 35 });
  expect(hits.between(0, hour)).toEqual({ requests: 0, bytes: 0 });
  world.now += limits.usageRetentionMillis;
  hits.count({ requests: 1, bytes: 1 });
  expect(world.rows("SELECT hour FROM hits")).toHaveLength(2);
});

test("what is no count changes nothing", () => {
  const world = new LedgerWorld();
  const hits = new HitStore(world.storage.sql, () => world.now);
  for (const wrong of [NaN, -1, 0.5, 2 ** 60]) {
    expect(() => hits.count({ requests: wrong, bytes: 0 })).toThrow();
    expect(() => hits.count({ requests: 0, bytes: wrong })).toThrow();
  }
  expect(world.rows("SELECT * FROM hits")).toEqual([]);
});
