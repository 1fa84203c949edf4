import { beforeEach, describe, expect, test } from "vitest";
import { hourMillis } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import { Measured } from "../../../core/metrics/measured.ts";
import { Figures } from "../../../durable-objects/figures/figures.ts";
import type { LedgerReport } from "../../../core/metrics/ledger-report.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";

let storage: SqliteStorage;
let now: number;
let figures: Figures;

function wake(): Figures {
  figures = new Figures({
    name: "figures/local",
    storage,
    timers: globalThis,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    now: () => now,
    random: () => 0,
    randomBytes: (length) => new Uint8Array(length),
    background: () => undefined,
    abort: () => undefined,
  });
  return figures;
}

beforeEach(() => {
  storage = new SqliteStorage();
  now = Date.UTC(2026, 10, 20, 12);
  wake();
});

function report(more: Partial<LedgerReport> = {}): LedgerReport {
  const measured = new Measured();
  measured.took("total", 100);
  return {
    ...{ ledger: "tnt_a/local/0", at: now, open: 0, oldestAt: null, totals: [], reasons: [] },
    stages: measured.toJSON().stages,
    ...more,
  };
}

const hour = (number: number, done: number) => ({ hour: number * hourMillis, counts: { done } });
const timed = () => Measured.of({ stages: figures.snapshot().stages ?? {} }).stage("total").count;

describe("counts", () => {
  test("of a ledger are added once, however often they are told", () => {
    for (const done of [3, 3, 5]) figures.report(report({ totals: [hour(1, done)] }));
    figures.report(report({ totals: [hour(1, 6), hour(2, 1)] }));
    wake().report(report({ totals: [hour(1, 6), hour(2, 2)] }));
    expect(figures.snapshot().counts).toEqual({ done: 8 });
  });

  test("by reason have hours of their own", () => {
    const reasons = [{ hour: 5 * hourMillis, counts: { "refused:overloaded": 2 } }];
    figures.report(report({ totals: [hour(1, 3)], reasons }));
    wake().report(report({ totals: [hour(1, 4)], reasons }));
    expect(figures.snapshot().counts).toEqual({ done: 4, "refused:overloaded": 2 });
  });

  test("of several ledgers are added up", () => {
    figures.report(report({ totals: [hour(1, 3)] }));
    figures.report(report({ ledger: "tnt_b/local/0", totals: [hour(1, 4)] }));
    expect(wake().snapshot().counts).toEqual({ done: 7 });
  });

  test("that no ledger has are added as they come, under a bounded number of names", () => {
    figures.counted({ "cpu:api": 5, none: 0, bad: -1, worse: Number.NaN });
    figures.counted({ "cpu:api": 2 });
    expect(wake().snapshot().counts).toEqual({ "cpu:api": 7 });
    const names = Array.from({ length: 2 * limits.figureNamesMax }, (_, index) => [`n${index}`, 1]);
    figures.counted(Object.fromEntries(names) as Record<string, number>);
    expect(Object.keys(figures.snapshot().counts)).toHaveLength(limits.figureNamesMax);
    figures.counted({ "one more": 1, "cpu:api": 1 });
    expect(figures.snapshot().counts).toMatchObject({ "cpu:api": 8 });
    expect(figures.snapshot().counts).not.toHaveProperty("one more");
  });
});

test("what is open is the sum of what each ledger said last", () => {
  figures.report(report({ open: 2, oldestAt: now - 5 }));
  figures.report(report({ ledger: "tnt_b/local/0", open: 1, oldestAt: now - 9 }));
  expect(figures.snapshot()).toMatchObject({ open: 3, oldestAt: now - 9 });
  figures.report(report({ ledger: "tnt_b/local/0", open: 0, oldestAt: null }));
  expect(wake().snapshot()).toMatchObject({ open: 2, oldestAt: now - 5 });
});

test("a report that comes late changes neither counts nor what is open", () => {
  const late = report({ at: now - 1000, totals: [hour(1, 2)], open: 7, oldestAt: 1 });
  figures.report(report({ totals: [hour(1, 2), hour(2, 3)] }));
  figures.report(late);
  expect(figures.snapshot()).toMatchObject({ counts: { done: 5 }, open: 0, oldestAt: null });
});

test("times are merged, and written by an alarm that follows soon", async () => {
  figures.report(report());
  figures.report(report());
  expect(timed()).toBe(2);
  expect(storage.alarmAt).toBe(now + limits.measuresHeldMillis);
  wake();
  expect(timed()).toBe(0);
  figures.report(report());
  await figures.alarm();
  wake();
  expect(timed()).toBe(1);
});
