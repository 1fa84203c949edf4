import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pause } from "../../../../core/deadline.ts";
import { limitsOf, type ChosenLimits } from "../../../../core/identity/tenant-limits.ts";
import type { LeaseAsk, LeaseSource } from "../../../../core/ledger/lease.ts";
import { limits } from "../../../../core/limits.ts";
import { HOUR } from "../../../../core/magnitudes.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** What a shard does with its part of the limits, over time. */
let first: LedgerWorld;
let other: LedgerWorld;
let asks: LeaseAsk[];
/** What the first shard takes to answer. */
let late: number;

beforeEach(() => {
  [first, asks, late] = [new LedgerWorld(), [], 0];
  const lease: LeaseSource["lease"] = async (ask, brought) => {
    asks.push(ask);
    if (late > 0) await pause(globalThis, late);
    return first.ledger.lease(ask, brought);
  };
  other = new LedgerWorld(1, { lease });
});

const of = (chosen: ChosenLimits) => ({ limits: limitsOf("custom", chosen), limitsVersion: 1 });
const isIn = async (world: LedgerWorld, terms: ReturnType<typeof of>) =>
  (await world.ledger.accept(world.request(terms))).verdict.ok;

async function pass(millis: number): Promise<void> {
  await other.ring(millis);
  await first.ring(millis);
}

describe("what a shard does not use", () => {
  test("comes back of every limit, and then it asks no more", async () => {
    const all = of({
      ...{ jobsInFlight: 1000, jobsPerMonth: 1000 },
      ...{ computeUnitsPerMonth: 5000, spendMicrosPerMonth: 1_000_000 },
    });
    const { id } = other.request(all);
    expect((await other.ledger.accept({ ...other.request(all), id })).verdict.ok).toBe(true);
    expect(first.ledger.account(all).used.jobsInFlight).toBe(0);
    await pass(limits.shareMillis);
    other.finish(id);
    await pass(limits.shareMillis);
    const { length } = asks;
    await pass(10 * limits.shareMillis);
    expect(asks).toHaveLength(length);
    const [used] = asks.slice(-1);
    expect(used).toMatchObject({
      used: { jobsInFlight: 0, jobsPerMonth: 1, computeUnitsPerMonth: 5 },
    });
    expect(await letInAt(first, all)).toBe(999);
  });

  test("comes back also when the job that it was leased for is at work longer than that", async () => {
    const one = of({ jobsInFlight: 1 });
    const request = other.request(one);
    expect((await other.ledger.accept(request)).verdict.ok).toBe(true);
    await pass(3 * limits.shareMillis);
    expect(await isIn(first, one)).toBe(false);
    other.finish(request.id);
    await pass(limits.shareMillis);
    expect(await isIn(first, one)).toBe(true);
  });

  test("comes back from a shard that was restored from a backup and has forgotten its later asks", async () => {
    const ten = of({ jobsInFlight: 10 });
    expect(await isIn(other, ten)).toBe(true);
    const backup = other.storage.backup();
    for (let more = 0; more < 9; more++) expect(await isIn(other, ten)).toBe(true);
    expect(await isIn(first, ten)).toBe(false);
    other.restore(backup);
    await other.ring();
    for (let left = 0; left < 9; left++) expect(await isIn(first, ten)).toBe(true);
    expect(await isIn(first, ten)).toBe(false);
  });

  test("comes back with the next alarm although the clock has stepped back", async () => {
    const one = of({ jobsInFlight: 1 });
    const request = other.request(one);
    expect((await other.ledger.accept(request)).verdict.ok).toBe(true);
    other.finish(request.id);
    other.pass(-HOUR);
    await other.ledger.alarm();
    expect(await isIn(first, one)).toBe(true);
  });

  test("is asked for again soon where there was none, although the clock has stepped back", async () => {
    const one = of({ jobsInFlight: 1 });
    const id = first.accept(one);
    expect(await isIn(other, one)).toBe(false);
    first.finish(id);
    other.pass(limits.inFlightRetryMillis - 1);
    expect(await isIn(other, one)).toBe(false);
    other.pass(-HOUR);
    expect(await isIn(other, one)).toBe(true);
  });

  async function letInAt(world: LedgerWorld, terms: ReturnType<typeof of>): Promise<number> {
    for (let count = 0; ; count++) {
      if (!(await isIn(world, terms))) return count;
      world.pass(100);
    }
  }
});

describe("while a first shard has not answered", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("what goes back to it is not used", async () => {
    const hundred = of({ jobsInFlight: 100, jobsPerMonth: 100 });
    expect(await isIn(other, hundred)).toBe(true);
    late = 500;
    other.pass(limits.shareMillis);
    const rang = other.ledger.alarm();
    await vi.advanceTimersByTimeAsync(0);
    const answer = isIn(other, hundred);
    await vi.advanceTimersByTimeAsync(0);
    expect(other.rows(`SELECT id FROM jobs`)).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    await rang;
    expect(await answer).toBe(true);
    expect(asks.map(({ used, needed }) => [used.jobsInFlight, needed.jobsInFlight])).toEqual([
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
  });

  test("the alarm does not ring for what is to go back before another time is over", async () => {
    late = 3000;
    const answer = isIn(other, of({}));
    await vi.advanceTimersByTimeAsync(0);
    other.pass(limits.shareMillis);
    const rang = other.ledger.alarm();
    await vi.advanceTimersByTimeAsync(limits.leaseReturnMillisMax);
    await rang;
    expect(other.storage.alarmAt).toBe(other.now + limits.shareMillis);
    await vi.advanceTimersByTimeAsync(10_000);
    await answer;
  });
});

test("a shard whose own lease is damaged asks for another", async () => {
  const two = of({ jobsInFlight: 2 });
  expect(await isIn(other, two)).toBe(true);
  other.storage.sql.exec(`UPDATE leases SET lease = '{'`);
  other.wake();
  expect(other.rows(`SELECT source FROM quarantine`)).toEqual([{ source: "leases" }]);
  expect(await isIn(other, two)).toBe(true);
  expect(await isIn(other, two)).toBe(false);
});

test("an alarm asks for nothing where nothing is leased, nor again at the moment of the last ask", async () => {
  await other.ledger.alarm();
  expect(asks).toHaveLength(0);
  expect(await isIn(other, of({ jobsInFlight: 2 }))).toBe(true);
  await other.ledger.alarm();
  expect(asks).toHaveLength(1);
});
