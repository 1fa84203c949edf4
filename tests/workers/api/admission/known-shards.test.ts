import { expect, test } from "vitest";
import { KnownShards } from "../../../../workers/api/admission/known-shards.ts";

test("each job tries all shards, and begins with the one after that of the job before", () => {
  const shards = new KnownShards();
  const turns = Array.from({ length: 4 }, () => shards.turn(3));
  const [first = -1] = turns[0] ?? [];
  const from = (shard: number) => [shard % 3, (shard + 1) % 3, (shard + 2) % 3];
  expect(turns).toEqual([from(first), from(first + 1), from(first + 2), from(first)]);
});
