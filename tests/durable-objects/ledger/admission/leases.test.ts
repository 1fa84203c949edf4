import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pause } from "../../../../core/deadline.ts";
import { limitsOf, type ChosenLimits } from "../../../../core/identity/tenant-limits.ts";
import { spendMicros } from "../../../../core/ledger/caps.ts";
import { hourMillis } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import type { AcceptAnswer } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { everywhere, FourShards } from "./four-shards.ts";
import { LedgerWorld } from "../ledger-world.ts";

describe("a limit of which one is left", () => {
  test.each<[string, ChosenLimits]>([
    ["a monthly quota", { jobsPerMonth: 10 }],
    ["compute units", { computeUnitsPerMonth: 50 }],
    ["jobs in flight", { jobsInFlight: 10 }],
  ])("of %s lets in exactly one of 200, at one shard and at four", async (_, chosen) => {
    const alone = new LedgerWorld();
    const granted = limitsOf("custom", { requestsPerSecond: 250, burst: 1000, ...chosen });
    const ask = async () => alone.ledger.accept(alone.request({ limits: granted }));
    while (alone.rows("SELECT id FROM jobs").length < 9) await ask();
    const answers = await Promise.all(Array.from({ length: 200 }, ask));
    expect(answers.filter(({ verdict }) => verdict.ok)).toHaveLength(1);

    const shards = new FourShards(chosen);
    let before = 0;
    for (let tries = 0; before < 9 && tries < 100; tries++) {
      before += (await shards.accepted([tries % 4])).length;
      await shards.pass(tries % 4 === 3 ? limits.shareMillis : 0);
    }
    expect(before).toBe(9);
    // What was leased and not used has come back.
    await shards.pass(2 * limits.shareMillis);
    expect(await shards.accepted(everywhere(200))).toHaveLength(1);
  });
});

test("a spend cap holds for all shards together", async () => {
  const shards = new FourShards({ spendMicrosPerMonth: 1000 });
  const ids = await shards.accepted(everywhere(400));
  await shards.pass(2 * limits.shareMillis);
  ids.push(...(await shards.accepted(everywhere(400))));
  const spent = (jobs: number) =>
    spendMicros({ computeUnits: 5 * jobs, outputs: jobs }, shards.of(0).now);
  expect(spent(ids.length)).toBeLessThanOrEqual(1000);
  expect(spent(ids.length + 1)).toBeGreaterThan(1000);
});

test("jobs that come while a shard asks are let in as long as there is room", async () => {
  const shards = new FourShards({ jobsInFlight: 10_000 });
  const late: Promise<string[]>[] = [];
  for (let count = 0; count < 200; count++) {
    late.push(shards.accepted([1, 2, 3]));
    await Promise.resolve();
  }
  expect((await Promise.all(late)).flat()).toHaveLength(600);
});

test("a shard asks once for many jobs, and what it does not use comes back", async () => {
  const shards = new FourShards({ jobsPerMonth: 1000, jobsInFlight: 10_000 });
  expect(await shards.accepted(Array.from({ length: 100 }, () => 2))).toHaveLength(100);
  expect(shards.asks).toBeLessThan(5);
  const held = await shards.accepted(Array.from({ length: 1000 }, () => 0));
  expect(held.length).toBeLessThan(900);
  // The rate's tokens are back.
  await shards.pass(limits.shareMillis / 2);
  const refused = await shards.ask(0);
  expect(refused.verdict).toMatchObject({ error: { retryAfterMillis: limits.shareMillis } });
  await shards.pass(2 * limits.shareMillis);
  expect(held.length + (await shards.accepted(Array.from({ length: 1000 }, () => 0))).length).toBe(
    900,
  );
  await shards.pass(limits.shareMillis / 2);
  const atEnd = await shards.ask(0);
  expect(atEnd.verdict).toMatchObject({ error: { limit: { value: 1000, used: 1000 } } });
});

test("without the first shard a shard uses what it has, and then says that it cannot tell", async () => {
  const shards = new FourShards({ jobsInFlight: 100 });
  expect(await shards.accepted([1])).toHaveLength(1);
  shards.isUp = false;
  expect(await shards.accepted([1])).toHaveLength(1);
  const answer = await shards.ask(2);
  expect(answer.verdict).toMatchObject({
    error: { code: "unavailable", retryAfterMillis: limits.unavailableRetryMillis },
  });
  shards.isUp = true;
  await shards.pass(limits.leaseRetryMillis);
  expect(await shards.accepted([2])).toHaveLength(1);
});

test("after an ask that failed jobs are refused at once for a while, whatever the clock does", async () => {
  const shards = new FourShards({});
  shards.isUp = false;
  await shards.ask(1);
  const { asks } = shards;
  const refused = await shards.ask(1);
  expect(refused.verdict).toMatchObject({ error: { code: "unavailable" } });
  expect(shards.asks).toBe(asks);
  expect(shards.of(1).events("lease-failed")).toMatchObject([{ ledger: shards.of(1).name }]);
  shards.of(1).now -= 60_000;
  await shards.ask(1);
  expect(shards.asks).toBeGreaterThan(asks);
});

test("a job that its shard leases for takes one token of the rate", async () => {
  const shards = new FourShards({});
  const { rate } = await shards.ask(1);
  expect(shards.asks).toBe(1);
  expect(rate).toMatchObject({ limit: 4000, remaining: 3996 });
});

test("places that a shard keeps are told to the first one as used", async () => {
  const first = new LedgerWorld();
  const other = new LedgerWorld(1, { lease: async (...given) => first.ledger.lease(...given) });
  const granted = { limits: limitsOf("custom", { jobsInFlight: 4 }), limitsVersion: 1 };
  for (let places = 0; places < 2; places++) {
    const place = { ...other.request(granted), idempotencyKey: null, computeUnits: 1 };
    expect((await other.ledger.reserve(place)).verdict.ok).toBe(true);
  }
  await other.ring(limits.shareMillis);
  for (let jobs = 0; jobs < 2; jobs++) first.accept(granted);
  expect(first.answer(first.request(granted)).verdict).toMatchObject({
    error: { code: "too-many-in-flight" },
  });
});

test("a shard that gets too little asks again after a moment and not before", async () => {
  const shards = new FourShards({ jobsInFlight: 1 });
  const world = shards.of(1);
  expect(await shards.accepted([0])).toHaveLength(1);
  const refused = async () =>
    expect((await shards.ask(1)).verdict).toMatchObject({ error: { code: "too-many-in-flight" } });
  await refused();
  const { asks } = shards;
  world.pass(limits.inFlightRetryMillis - 1);
  await refused();
  expect(shards.asks).toBe(asks);
  world.pass(1);
  await refused();
  expect(shards.asks).toBeGreaterThan(asks);
});

test("what others hold and do not use, a shard says to be free again soon", async () => {
  const shards = new FourShards({ jobsPerMonth: 100, jobsInFlight: 10_000 });
  await shards.ask(1);
  let refused = await shards.ask(2);
  for (let jobs = 0; refused.verdict.ok && jobs < 100; jobs++) refused = await shards.ask(2);
  expect(refused.verdict).toMatchObject({
    error: { code: "quota-exceeded", retryAfterMillis: limits.shareMillis },
  });
});

test("a lease goes back when its time is over, not with each alarm before", async () => {
  const shards = new FourShards({ jobsPerMonth: 100 });
  await shards.ask(1);
  const { asks } = shards;
  const world = shards.of(1);
  world.pass(limits.shareMillis - 1);
  await world.ledger.alarm();
  expect(shards.asks).toBe(asks);
  world.pass(1);
  await world.ledger.alarm();
  expect(shards.asks).toBe(asks + 1);
});

test("refusals that a job tells are counted once, however often its shard asks", async () => {
  const shards = new FourShards({});
  const world = shards.of(1);
  const answer = await world.ledger.accept(world.request({ refused: { overloaded: 3 } }));
  expect(answer.verdict.ok).toBe(true);
  expect(shards.asks).toBeGreaterThan(0);
  const { measured } = world.ledger.figures.metrics(world.now - hourMillis, world.now + hourMillis);
  expect(measured.refused).toEqual({ overloaded: 3 });
});

describe("a first shard that answers late", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Another shard, whose first one takes as long as is said; it lives by the faked clock. */
  function lateShard(late: { millis: number; asks: number }): LedgerWorld {
    const first = new LedgerWorld();
    const source = {
      lease: async (...given: Parameters<LedgerWorld["ledger"]["lease"]>) => {
        late.asks += 1;
        await pause(globalThis, late.millis);
        return first.ledger.lease(...given);
      },
    };
    const other = new LedgerWorld(1, source);
    vi.setSystemTime(other.now);
    return other;
  }

  async function advance(world: LedgerWorld, millis: number): Promise<void> {
    for (let passed = 0; passed < millis; passed += 500) {
      await vi.advanceTimersByTimeAsync(500);
      world.now = Date.now();
    }
  }

  test.each([4000, 6000, 1e9])(
    "after %d ms: nothing is let in when its caller has given up",
    async (millis) => {
      const world = lateShard({ millis, asks: 0 });
      const answers: { verdict: AcceptAnswer["verdict"]; millis: number }[] = [];
      for (let count = 0; count < 3; count++) {
        const began = Date.now();
        void (async () => {
          const { verdict } = await world.ledger.accept(world.request());
          answers.push({ verdict, millis: Date.now() - began });
        })();
        await advance(world, 500);
      }
      await advance(world, 60_000);
      expect(answers).toHaveLength(3);
      for (const answer of answers) {
        expect(answer.millis).toBeLessThanOrEqual(limits.leaseWaitMillisMax);
      }
      const accepted = answers.filter(({ verdict }) => verdict.ok).length;
      expect(world.rows("SELECT id FROM jobs")).toHaveLength(accepted);
      expect(accepted > 0).toBe(millis < limits.leaseWaitMillisMax);
    },
  );

  test("what is decided late by the clock is refused, though no timer rang", async () => {
    const world = lateShard({ millis: 100, asks: 0 });
    const answer = world.ledger.accept(world.request());
    world.now += limits.leaseWaitMillisMax;
    await vi.advanceTimersByTimeAsync(100);
    expect((await answer).verdict).toMatchObject({ error: { code: "unavailable" } });
  });

  test("holds up no alarm, which asks it once at a time", async () => {
    const late = { millis: 100, asks: 0 };
    const world = lateShard(late);
    const accepted = Promise.resolve(world.ledger.accept(world.request()));
    await advance(world, 5000);
    expect((await accepted).verdict.ok).toBe(true);
    [late.millis, late.asks] = [1e9, 0];
    await advance(world, limits.shareMillis);
    for (let rings = 0; rings < 3; rings++) {
      const began = Date.now();
      const rang = world.ledger.alarm().then(() => Date.now() - began);
      await advance(world, limits.leaseReturnMillisMax);
      expect(await rang).toBeLessThanOrEqual(limits.leaseReturnMillisMax);
      expect(world.storage.alarmAt).toBeGreaterThan(Date.now());
    }
    expect(late.asks).toBe(1);
  });
});
