import fc from "fast-check";
import { expect, test } from "vitest";
import { monthEnd } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { everywhere, FourShards, openIn } from "./four-shards.ts";

/** Quotas of a tenant's shards where two months meet, by clocks of their own. */
const quota = { jobsPerMonth: 12, jobsInFlight: 100 };

const stepByClocks = fc.oneof(
  fc.record({
    kind: fc.constant("ask" as const),
    shard: fc.nat(3),
    count: fc.integer({ min: 1, max: 13 }),
  }),
  fc.record({ kind: fc.constant("finish" as const), shard: fc.nat(3) }),
  fc.record({
    kind: fc.constant("clock" as const),
    shard: fc.nat(3),
    minutes: fc.constantFrom(-9, -1, 1, 9),
  }),
  fc.record({ kind: fc.constant("restart" as const), shard: fc.nat(3) }),
  fc.record({ kind: fc.constant("return" as const) }),
);

test("a shard that is in the month before gets nothing that others have used of it", async () => {
  const shards = new FourShards(quota);
  const meeting = monthEnd(shards.of(0).now);
  for (const world of shards.all) world.now = meeting - 60_000;
  expect(await shards.accepted(Array.from({ length: 5 }, () => 0))).toHaveLength(5);
  expect(await shards.accepted(Array.from({ length: 7 }, () => 1))).toHaveLength(7);
  for (const number of [0, 1])
    for (const { id } of openIn(shards.of(number))) shards.of(number).finish(id);
  for (const world of shards.all.slice(0, 2)) world.now = meeting + 60_000;
  expect(await shards.accepted([1])).toHaveLength(1);
  expect(await shards.accepted(everywhere(8).filter((shard) => shard > 1))).toEqual([]);
});

test("where two months meet by several clocks that step, no more is let in than both months' quotas", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepByClocks, { maxLength: 20 }), async (steps) => {
      const shards = new FourShards(quota);
      const meeting = monthEnd(shards.of(0).now);
      for (const world of shards.all) world.now = meeting - 9 * 60_000;
      for (const each of steps) {
        if (each.kind === "ask") {
          await shards.accepted(Array.from({ length: each.count }, () => each.shard));
        } else if (each.kind === "finish") {
          const world = shards.of(each.shard);
          for (const { id } of openIn(world)) world.finish(id);
        } else if (each.kind === "clock") {
          shards.of(each.shard).now = meeting + each.minutes * 60_000;
        } else if (each.kind === "return") await shards.pass(limits.shareMillis);
        else shards.of(each.shard).wake();
        expect(shards.used().jobs).toBeLessThanOrEqual(2 * quota.jobsPerMonth);
      }
    }),
    { numRuns: 15 },
  );
});
