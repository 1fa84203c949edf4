import fc from "fast-check";
import { expect, test } from "vitest";
import { plusCounts, type Counts } from "../../../core/metrics/counts.ts";
import { Measured } from "../../../core/metrics/measured.ts";
import { addedBy, figuresTogether, type HourCounts } from "../../../core/metrics/ledger-report.ts";

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
  expect(addedBy(before, [before]).added).toEqual({});
  expect(last).toEqual({ hour: 1, counts: { done: 6, "refused:overloaded": 3 } });
});

test("hours before the last one that is known are closed: what is told of them again adds nothing", () => {
  const known = { hour: 2, counts: { done: 5 } };
  expect(addedBy(known, [{ hour: 1, counts: { done: 9, failed: 1 } }])).toEqual({
    added: {},
    last: known,
  });
  expect(addedBy(known, [])).toEqual({ added: {}, last: known });
  expect(addedBy(null, [])).toEqual({ added: {}, last: null });
  const next: HourCounts[] = [
    { hour: 2, counts: { done: 6 } },
    { hour: 3, counts: { done: 1, failed: 2 } },
  ];
  expect(addedBy(known, next)).toEqual({ added: { done: 2, failed: 2 }, last: next[1] });
});

test("the parts of a region's figures are added up, and the oldest of all open jobs counts", () => {
  const measured = (...times: number[]) => {
    const all = new Measured();
    for (const millis of times) all.took("wait", millis);
    return all.toJSON().stages;
  };
  const part = { counts: { done: 1 }, open: 2, oldestAt: 30, stages: measured(5) };
  const other = { counts: { done: 2, failed: 1 }, open: 1, oldestAt: 20, stages: measured(7, 7) };
  const idle = { counts: {}, open: 0, oldestAt: null, stages: undefined };
  expect(figuresTogether([part, other, idle])).toEqual({
    counts: { done: 3, failed: 1 },
    open: 3,
    oldestAt: 20,
    stages: measured(5, 7, 7),
  });
  expect(figuresTogether([idle])).toEqual({ ...idle, stages: {} });
});

test("sums stop where they would not be exact", () => {
  expect(plusCounts({ done: Number.MAX_SAFE_INTEGER }, { done: 2 })).toEqual({
    done: Number.MAX_SAFE_INTEGER,
  });
});
