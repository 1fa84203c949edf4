import { beforeEach, expect, test } from "vitest";
import { hourMillis, hourOf } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import type { LedgerReport } from "../../../../core/metrics/ledger-report.ts";
import { Measured } from "../../../../core/metrics/measured.ts";
import { problem } from "../../../../core/problem.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
let reports: LedgerReport[];
let isAway: boolean;
beforeEach(() => {
  world = new LedgerWorld();
  reports = [];
  isAway = false;
  world.figures = {
    report: async (report) => {
      reports.push(report);
      if (isAway) throw new Error("away");
    },
  };
  world.wake();
});

const timed = () => reports.map(({ stages = {} }) => Measured.of({ stages }).stage("total").count);

test("a ledger without news tells nothing", async () => {
  await world.ring(hourMillis);
  expect(reports).toEqual([]);
});

test("it tells soon of the first job, and then once a minute of all that came since", async () => {
  world.finish(world.accept());
  await world.ring(limits.measuresHeldMillis - 1);
  expect(reports).toEqual([]);
  await world.ring(1);
  expect(reports).toMatchObject([
    {
      ledger: world.name,
      totals: [{ hour: hourOf(world.now), counts: { done: 1, failed: 0, units: 5 } }],
      reasons: [{ hour: hourOf(world.now), counts: {} }],
      open: 0,
      oldestAt: null,
    },
  ]);
  for (let times = 0; times < 3; times++) {
    world.finish(world.accept());
    await world.ring(10_000);
  }
  expect(reports).toHaveLength(1);
  await world.ring(limits.reportMillis);
  expect(timed()).toEqual([1, 3]);
  expect(reports[1]?.totals[0]?.counts).toMatchObject({ done: 4 });
  await world.ring(10 * limits.reportMillis);
  expect(reports).toHaveLength(2);
});

test("counts that were not heard are told again, times are not", async () => {
  const jobInItsHour = async () => {
    world.pass(hourMillis);
    world.finish(world.accept());
    await world.ring(limits.reportMillis);
  };
  isAway = true;
  for (let hours = 0; hours < 2; hours++) await jobInItsHour();
  expect(world.events("report-failed")).toHaveLength(2);
  isAway = false;
  await jobInItsHour();
  expect(reports.at(-1)?.totals.map(({ counts }) => counts["done"])).toEqual([1, 1, 1]);
  await jobInItsHour();
  // What was heard is told no more, but for the hour in which it was.
  expect(reports.at(-1)?.totals.map(({ counts }) => counts["done"])).toEqual([1, 1]);
  expect(reports.at(-1)?.reasons).toHaveLength(2);
  expect(timed()).toEqual([1, 1, 1, 1]);
});

test("the time a request took before its job began is told", async () => {
  world.accept({ takenMillis: 30 });
  await world.ring(limits.measuresHeldMillis);
  const stages = reports[0]?.stages ?? {};
  expect(Measured.of({ stages }).stage("accept").count).toBe(1);
});

test("a ledger that ended before it told of its last job tells of it when it wakes", async () => {
  world.finish(world.accept());
  world.wake();
  expect(reports).toEqual([]);
  await world.ring(10 * 60_000);
  expect(reports.map(({ totals: [hour] }) => hour?.counts["done"])).toEqual([1]);
});

test("refusals of an hour without a job that ended are told with it", async () => {
  const tight = { ...world.request().limits, requestsPerSecond: 1, burst: 1 };
  for (let times = 0; times < 2; times++)
    world.answer(world.request({ limits: tight, limitsVersion: 1 }));
  await world.ring(10 * 60_000);
  expect(
    reports.flatMap(({ reasons }) => reasons.map(({ counts }) => counts["refused:rate-limited"])),
  ).toContain(1);
});

test("failures and refusals are told by reason, and what is open", async () => {
  const first = world.now;
  world.accept();
  world.pass(10);
  const id = world.accept();
  world.finish(id, { kind: "failed", problem: problem("corrupt-image", "No.") });
  const tight = { ...world.request().limits, requestsPerSecond: 1, burst: 1 };
  world.answer(world.request({ limits: tight, limitsVersion: 1 }));
  world.answer(world.request({ limits: tight, limitsVersion: 1 }));
  await world.ring(limits.measuresHeldMillis);
  const [report] = reports;
  expect(report?.totals[0]?.counts).toMatchObject({ done: 0, failed: 1 });
  expect(report?.reasons[0]?.counts).toEqual({
    "failed:corrupt-image": 1,
    "refused:rate-limited": 1,
  });
  expect([report?.open, report?.oldestAt]).toEqual([2, first]);
});

test("a restored ledger that ends no further job tells what it has taken over", async () => {
  const backup = world.storage.backup();
  world.finish(world.accept());
  await world.ledger.seal();
  world.restore(backup);
  await world.ring(limits.measuresHeldMillis);
  reports.length = 0;
  await world.ledger.seal();
  await world.ring(limits.reportMillis + limits.measuresHeldMillis);
  expect(reports.at(-1)?.totals).toMatchObject([{ counts: { done: 1 } }]);
});
