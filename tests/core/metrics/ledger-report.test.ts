import fc from "fast-check";
import { expect, test } from "vitest";
import { plusCounts, type Counts } from "../../../core/metrics/counts.ts";
import { addedBy, type HourCounts } from "../../../core/metrics/ledger-report.ts";

/** Reports of a ledger that counts up, each with its last hours whole. */
const histories = fc.array(
  fc.record({
    turnsHour: fc.boolean(),
    more: fc.nat({ max: 9 }),
    isLost: fc.boolean(),
    isTwice: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40, size: "max" },
);

test("whatever reports come twice or not at all, the last one makes the sum right", () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const hours: { hour: number; counts: { done: number } }[] = [
        { hour: 0, counts: { done: 0 } },
      ];
      let known: HourCounts | null = null;
      let sum: Counts = {};
      const hear = () => {
        const { added, last } = addedBy(known, structuredClone(hours));
        sum = plusCounts(sum, added);
        known = last;
      };
      for (const { turnsHour, more, isLost, isTwice } of steps) {
        if (turnsHour) hours.push({ hour: hours.length, counts: { done: 0 } });
        const current = hours.at(-1);
        if (current) current.counts.done += more;
        if (!isLost) hear();
        if (isTwice) hear();
      }
      hear();
      expect(sum["done"] ?? 0).toBe(hours.reduce((total, { counts }) => total + counts.done, 0));
    }),
  );
});

test("a count that falls, because its ledger lost what it held in memory, takes nothing back", () => {
  const before = { hour: 1, counts: { done: 5, "refused:overloaded": 3 } };
  const { added, last } = addedBy(before, [
    { hour: 1, counts: { done: 6, "refused:overloaded": 1 } },
  ]);
  expect(added).toEqual({ done: 1 });
  expect(last).toEqual({ hour: 1, counts: { done: 6, "refused:overloaded": 3 } });
});

test("sums stop where they would not be exact", () => {
  expect(plusCounts({ done: Number.MAX_SAFE_INTEGER }, { done: 2 })).toEqual({
    done: Number.MAX_SAFE_INTEGER,
  });
});
