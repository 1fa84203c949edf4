import fc from "fast-check";
import { expect, test } from "vitest";
import {
  earlierShardsOfKey,
  newerMap,
  oneShard,
  shardMapSchema,
  shardOfKey,
  shardsOf,
  type ShardMap,
} from "../../../core/fleet/shard-map.ts";
import { limits } from "../../../core/limits.ts";
import { DAY } from "../../../core/magnitudes.ts";

const raised: ShardMap = [
  { shards: 1, since: 0 },
  { shards: 3, since: 1000 },
  { shards: 4, since: 2000 },
];
const key = fc.string({ minLength: 1, maxLength: limits.idempotencyKeyCharsMax });

test("a key belongs to one shard of those that there are", () => {
  fc.assert(
    fc.property(key, (given) => {
      expect(shardOfKey(oneShard, given)).toBe(0);
      expect(shardOfKey(raised, given)).toBeLessThan(shardsOf(raised));
    }),
  );
});

test("keys are spread evenly", () => {
  const counts = [0, 0, 0, 0];
  for (let number = 0; number < 4000; number++) counts[shardOfKey(raised, `key ${number}`)]! += 1;
  expect(Math.min(...counts)).toBeGreaterThan(900);
});

test("it may be in every shard that it belonged to, while keys of then live", () => {
  fc.assert(
    fc.property(key, (given) => {
      const owners = raised.map((_, index) => shardOfKey(raised.slice(0, index + 1), given));
      const known = new Set([
        shardOfKey(raised, given),
        ...earlierShardsOfKey(raised, given, 3000),
      ]);
      expect(known).toEqual(new Set(owners));
    }),
  );
  const life = limits.retentionDaysMax * DAY;
  expect(earlierShardsOfKey(raised, "a", 1000 + life)).toContain(0);
  expect(earlierShardsOfKey(raised, "a", 2000 + life + 2 * DAY)).toEqual([]);
});

test("keys of a tenant that keeps them for less are looked for as long as they live", () => {
  expect(earlierShardsOfKey(raised, "a", 1000 + 3 * DAY, 3)).toContain(0);
  expect(earlierShardsOfKey(raised, "a", 2000 + 4 * DAY, 3)).toEqual([]);
});

test("of two maps the longer one is newer", () => {
  expect(newerMap(oneShard, raised)).toBe(raised);
  expect(newerMap(raised, oneShard)).toBe(raised);
  expect(newerMap(oneShard, [...oneShard])).toBe(oneShard);
});

test("every tenant begins with one shard from the beginning of time", () => {
  expect(shardMapSchema.parse(oneShard)).toEqual([{ shards: 1, since: 0 }]);
  expect(shardsOf(oneShard)).toBe(1);
});

test("the shard that a key belongs to now is not one of the earlier ones", () => {
  fc.assert(
    fc.property(key, (given) => {
      expect(earlierShardsOfKey(raised, given, 3000)).not.toContain(shardOfKey(raised, given));
    }),
  );
});
