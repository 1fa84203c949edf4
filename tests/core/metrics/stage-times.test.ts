import { expect, test } from "vitest";
import { stageTimes } from "../../../core/metrics/stage-times.ts";

const spent = { waited: 5, render: 40, store: 20 };
const job = {
  takenMillis: 100,
  sourceBytes: 1_000_000,
  createdAt: 1000,
  claimedAt: 1200,
  settledAt: 1300,
  spent,
};

test("the stages after acceptance add up to the total", () => {
  expect(stageTimes(job)).toEqual({ wait: 205, render: 40, store: 20, settle: 35, total: 400 });
});

test.each([
  ["no consumer had it at the end", { claimedAt: null }],
  ["its consumer does not say", { spent: null }],
])("where %s only the total is known", (_, given) => {
  expect(stageTimes({ ...job, ...given })).toEqual({ total: 400 });
});

test("a request that is not said to have taken time took none", () => {
  expect(stageTimes({ ...job, takenMillis: null }).total).toBe(300);
});

test("the total of a source below 1 MB is kept apart too", () => {
  const { total, small } = stageTimes({ ...job, sourceBytes: 999_999 });
  expect([total, small]).toEqual([400, 400]);
});

test("a clock that steps back makes no time negative", () => {
  expect(stageTimes({ ...job, claimedAt: 500, settledAt: 510 })).toMatchObject({
    wait: 5,
    settle: 0,
    total: 0,
  });
});

test("a lease that was cut short, so that it seems claimed before it was accepted, adds nothing to the last stage", () => {
  const times = stageTimes({ ...job, claimedAt: 0, settledAt: 1100 });
  expect(times).toMatchObject({ wait: 5, settle: 35, total: 200 });
});
