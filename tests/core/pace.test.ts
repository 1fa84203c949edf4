import { expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { firstPace, quicker, slower, type Pace } from "../../core/pace.ts";

const { turnsAtOnceFirst, turnsAtOnceMax, turnsAtOnceMin, takeInMillis } = limits;
const times = (count: number, pace: Pace, change: (pace: Pace) => Pace): Pace =>
  count === 0 ? pace : times(count - 1, change(pace), change);

test("one more at once for each that was in time, up to a bound", () => {
  // One tenant has half.
  const busy = (pace: Pace) => quicker(pace, Math.ceil(pace.atOnce / 2));
  expect(busy(firstPace).atOnce).toBe(turnsAtOnceFirst + 1);
  expect(times(1000, firstPace, busy).atOnce).toBe(turnsAtOnceMax);
});

test("few at a time say nothing of how many the thread could do", () => {
  const alone = (pace: Pace) => quicker(pace, 1);
  expect(times(1000, firstPace, alone)).toEqual(firstPace);
  const eight = (pace: Pace) => quicker(pace, 8 + turnsAtOnceFirst / 2);
  expect(times(1000, firstPace, eight).atOnce).toBe(17 + turnsAtOnceFirst);
});

test("half as many when one was late, but some always", () => {
  const late = (pace: Pace, index: number) => slower(pace, index * (takeInMillis + 1));
  expect(slower(firstPace, 0).atOnce).toBe(turnsAtOnceFirst / 2);
  expect(
    Array.from({ length: 10 }).reduce<Pace>((pace, _, index) => late(pace, index), firstPace)
      .atOnce,
  ).toBe(turnsAtOnceMin);
});

test("those that were under way together and late count once", () => {
  const fallen = slower(firstPace, 5000);
  expect(slower(fallen, 5000 + takeInMillis)).toEqual(fallen);
  expect(slower(quicker(fallen, fallen.atOnce), 5001).atOnce).toBe(fallen.atOnce + 1);
  expect(slower(fallen, 5001 + takeInMillis).atOnce).toBe(fallen.atOnce / 2);
});

test("a clock that was set back holds nothing up", () => {
  const fallen = slower(firstPace, 1_000_000);
  expect(slower(fallen, 0).atOnce).toBe(fallen.atOnce / 2);
});
