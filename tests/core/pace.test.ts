import { expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { firstPace, quicker, slower, type Pace } from "../../core/pace.ts";

const { turnsAtOnceFirst, turnsAtOnceMax, turnsAtOnceMin, takeInMillis } = limits;
const times = (count: number, pace: Pace, change: (pace: Pace) => Pace): Pace =>
  count === 0 ? pace : times(count - 1, change(pace), change);

test("one more at once for each that was in time, up to a bound", () => {
  expect(quicker(firstPace).atOnce).toBe(turnsAtOnceFirst + 1);
  expect(times(1000, firstPace, quicker).atOnce).toBe(turnsAtOnceMax);
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
  expect(slower(quicker(fallen), 5001).atOnce).toBe(fallen.atOnce + 1);
  expect(slower(fallen, 5001 + takeInMillis).atOnce).toBe(fallen.atOnce / 2);
});

test("a clock that was set back holds nothing up", () => {
  const fallen = slower(firstPace, 1_000_000);
  expect(slower(fallen, 0).atOnce).toBe(fallen.atOnce / 2);
});
