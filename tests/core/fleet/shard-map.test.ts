import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  earlierShardsOfKey,
  firstShardMap,
  raisedTo,
  shardOfKey,
} from "../../../core/fleet/shard-map.ts";

describe("a map of shards", () => {
  test("grows by epochs and never shrinks", () => {
    const four = raisedTo(firstShardMap, 4);
    expect(four).toEqual({ epoch: 2, shards: 4, before: [1] });
    expect(raisedTo(four!, 4)).toBeNull();
    expect(raisedTo(four!, 2)).toBeNull();
    expect(raisedTo(four!, 6)).toEqual({ epoch: 3, shards: 6, before: [4, 1] });
  });

  test("knows every place where a key was accepted in an earlier epoch", () => {
    const map = { epoch: 3, shards: 6, before: [4, 1] };
    fc.assert(
      fc.property(fc.string(), (key) => {
        const now = shardOfKey(key, 6);
        const places = new Set([now, ...earlierShardsOfKey(key, map)]);
        for (const shards of [6, 4, 1]) expect(places.has(shardOfKey(key, shards))).toBe(true);
        expect(earlierShardsOfKey(key, map)).not.toContain(now);
      }),
    );
  });

  test("has no earlier places before it has grown", () => {
    expect(earlierShardsOfKey("any", firstShardMap)).toEqual([]);
  });
});

test("keys are spread evenly over shards", () => {
  const load = [0, 0, 0, 0];
  for (let key = 0; key < 4_000; key++) {
    const shard = shardOfKey(`order-${key}`, 4);
    load[shard] = (load[shard] ?? 0) + 1;
  }
  expect(Math.max(...load) / Math.min(...load)).toBeLessThan(1.2);
});
