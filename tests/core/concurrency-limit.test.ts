import { expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import {
  firstConcurrency,
  quicker,
  slower,
  type ConcurrencyLimit,
} from "../../core/concurrency-limit.ts";

const { turnsAtOnceFirst, turnsAtOnceMax, turnsAtOnceMin, takeInMillis } = limits;
const times = (
  count: number,
  limit: ConcurrencyLimit,
  change: (limit: ConcurrencyLimit) => ConcurrencyLimit,
): ConcurrencyLimit => (count === 0 ? limit : times(count - 1, change(limit), change));

test("one more at once for each that was in time, up to a bound", () => {
  // One tenant has half.
  const busy = (limit: ConcurrencyLimit) => quicker(limit, Math.ceil(limit.atOnce / 2));
  expect(busy(firstConcurrency).atOnce).toBe(turnsAtOnceFirst + 1);
  expect(times(1000, firstConcurrency, busy).atOnce).toBe(turnsAtOnceMax);
});

test("few at a time say nothing of how many the thread could do", () => {
  const alone = (limit: ConcurrencyLimit) => quicker(limit, 1);
  expect(times(1000, firstConcurrency, alone)).toEqual(firstConcurrency);
  const eight = (limit: ConcurrencyLimit) => quicker(limit, 8 + turnsAtOnceFirst / 2);
  expect(times(1000, firstConcurrency, eight).atOnce).toBe(17 + turnsAtOnceFirst);
});

test("half as many when one was late, but some always", () => {
  const late = (limit: ConcurrencyLimit, index: number) =>
    slower(limit, index * (takeInMillis + 1));
  expect(slower(firstConcurrency, 0).atOnce).toBe(turnsAtOnceFirst / 2);
  expect(
    Array.from({ length: 10 }).reduce<ConcurrencyLimit>(
      (limit, _, index) => late(limit, index),
      firstConcurrency,
    ).atOnce,
  ).toBe(turnsAtOnceMin);
});

test("those that were under way together and late count once", () => {
  const fallen = slower(firstConcurrency, 5000);
  expect(slower(fallen, 5000 + takeInMillis)).toEqual(fallen);
  expect(slower(quicker(fallen, fallen.atOnce), 5001).atOnce).toBe(fallen.atOnce + 1);
  expect(slower(fallen, 5001 + takeInMillis).atOnce).toBe(fallen.atOnce / 2);
});

test("a clock that was set back holds nothing up", () => {
  const fallen = slower(firstConcurrency, 1_000_000);
  expect(slower(fallen, 0).atOnce).toBe(fallen.atOnce / 2);
});
