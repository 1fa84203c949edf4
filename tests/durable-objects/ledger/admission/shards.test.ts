import { beforeEach, describe, expect, test } from "vitest";
import { earlierShardsOfKey, shardOfKey, type ShardMap } from "../../../../core/fleet/shard-map.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const four: ShardMap = [
  { shards: 1, since: 0 },
  { shards: 4, since: new LedgerWorld().now },
];
const keyOf = (shard: number) => {
  for (let number = 0; ; number++) {
    if (shardOfKey(four, `key ${number}`) === shard) return `key ${number}`;
  }
};
const [own, moved] = [keyOf(0), keyOf(2)];
const under = (key: string) => world.request({ idempotency: { key, fingerprint: "1" } });

describe("a key whose tenant got more shards", () => {
  test("that is known here stays here", () => {
    const first = world.answer(under(moved));
    expect(world.ledger.holdsKey(moved, four)).toBe(true);
    const again = world.answer(under(moved));
    expect(again).toMatchObject({
      verdict: { ok: true, value: { replayed: true, job: { id: idOf(first) } } },
    });
  });

  test("is not accepted any more by a ledger in which it was looked for", () => {
    expect(earlierShardsOfKey(four, moved, world.now)).toEqual([0]);
    expect(world.ledger.holdsKey(moved, four)).toBe(false);
    world.wake();
    // The caller has not heard of the change.
    const answer = world.answer(under(moved));
    expect(answer).toMatchObject({
      verdict: { error: { retryAfterMillis: limits.unavailableRetryMillis } },
      moved: four,
    });
    expect(world.rows("SELECT id FROM jobs")).toEqual([]);
    expect(world.answer(under(own)).verdict.ok).toBe(true);
  });

  test("is not accepted either when the request itself brings the news, or the Directory", () => {
    expect(world.answer({ ...under(moved), shards: four })).toMatchObject({ moved: four });
    world = new LedgerWorld();
    world.ledger.setTerms({
      version: 5,
      limits: limitsOf("custom"),
      status: "active",
      shards: four,
    });
    expect(world.answer(under(moved))).toMatchObject({ moved: four });
  });

  test("is not taken back by terms of a version that knows of no shards", () => {
    world.ledger.holdsKey(moved, four);
    world.ledger.setTerms({ version: 9, limits: limitsOf("custom"), status: "active" });
    expect(world.ledger.shardMap()).toEqual(four);
    expect(world.answer(under(moved))).toMatchObject({ moved: four });
  });
});

test("a key stays with its job that has left, also for a request that takes the job's place", async () => {
  world.settledRowsMax = 0;
  world.wake();
  const idempotency = { key: moved, fingerprint: "2:f" };
  const id = world.accept({ idempotency });
  world.finish(id);
  await world.ring(limits.lateWriteMillisMax + limits.archivePauseMillis);
  expect(world.rows("SELECT id FROM jobs")).toEqual([]);
  expect(world.ledger.holdsKey(moved, four)).toBe(true);
  const again = world.request({ idempotency: { ...idempotency, replaces: id } });
  const { verdict } = await world.ledger.accept(again);
  expect(verdict).toMatchObject({ value: { replayed: false, job: { id: again.id } } });
});

test("a ledger takes its part of the rate", () => {
  const granted = limitsOf("custom", { requestsPerSecond: 8, burst: 9 });
  const ask = () => world.answer(world.request({ limits: granted, shards: four }));
  const answers = [ask(), ask(), ask(), ask()];
  expect(answers.map(({ verdict }) => verdict.ok)).toEqual([true, true, true, false]);
  expect(answers[0]?.rate).toMatchObject({ limit: 12, remaining: 8 });
  world.pass(500);
  expect(ask().verdict.ok).toBe(true);
});

const idOf = ({ verdict }: ReturnType<LedgerWorld["answer"]>) =>
  verdict.ok ? verdict.value.job.id : "";
