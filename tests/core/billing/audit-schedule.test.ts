import { expect, test } from "vitest";
import {
  emptySchedule,
  harvestOf,
  lateIn,
  takeOldest,
  withoutEnded,
  withWaiting,
} from "../../../core/billing/audit-schedule.ts";
import { limits } from "../../../core/limits.ts";
import { utc } from "./usage-samples.ts";

const now = utc("2026-11-29T12:00:00.000Z");
const due = limits.auditAfterMillis;

test("a tenant with news waits since its first, however often it has more", () => {
  const first = withWaiting(emptySchedule, ["tnt_a", "tnt_a"], now);
  expect(first.waiting).toEqual([{ tenant: "tnt_a", since: now }]);
  expect(withWaiting(first, ["tnt_b", "tnt_a"], now + 1).waiting).toEqual([
    { tenant: "tnt_a", since: now },
    { tenant: "tnt_b", since: now + 1 },
  ]);
});

test("no more wait than the bound, and a run takes no more than it can look at", () => {
  const names = Array.from({ length: limits.auditWaitingMax }, (_, index) => `tnt_${index}`);
  const full = withWaiting(emptySchedule, [...names, "tnt_beyond"], now);
  expect(full.waiting).toHaveLength(names.length);
  expect(full.waiting.at(-1)?.tenant).toBe(names.at(-1));
  expect(withWaiting(full, ["tnt_beyond"], now + 1).waiting).toHaveLength(names.length);
  const { taken } = takeOldest(full, now + due);
  expect(taken).toEqual(names.slice(0, limits.auditTenantsPerRun));
});

test("a run takes those that are due, the oldest first, and again only once it must have been lost", () => {
  const early = withWaiting(emptySchedule, ["tnt_b"], now);
  const schedule = withWaiting({ ...early, cursor: "tnt_x" }, ["tnt_c"], now + 1);
  const both = { ...schedule, waiting: schedule.waiting.toReversed() };
  expect(takeOldest(both, now + due - 1).taken).toEqual([]);
  const one = takeOldest(both, now + due);
  expect(one.taken).toEqual(["tnt_b"]);
  expect(one.schedule).toEqual({
    ...both,
    waiting: [
      { tenant: "tnt_c", since: now + 1 },
      { tenant: "tnt_b", since: now, run: now + due },
    ],
  });
  expect(takeOldest(both, now + due + 1).taken).toEqual(["tnt_b", "tnt_c"]);
  const again = now + due + limits.auditAgainMillis;
  expect(takeOldest(one.schedule, again - 1).taken).toEqual(["tnt_c"]);
  expect(takeOldest(one.schedule, again).taken).toEqual(["tnt_b", "tnt_c"]);
});

test("who was audited waits no longer, except one whom no run or a later run has taken", () => {
  const schedule = {
    ...emptySchedule,
    waiting: [
      { tenant: "tnt_a", since: now },
      { tenant: "tnt_b", since: now, run: 1 },
      { tenant: "tnt_c", since: now, run: 2 },
      { tenant: "tnt_d", since: now, run: 1 },
    ],
  };
  const ended = [
    { run: 1, tenants: ["tnt_a", "tnt_b", "tnt_c"] },
    { run: 3, tenants: ["tnt_b"] },
  ];
  const left = withoutEnded(schedule, ended).waiting.map(({ tenant }) => tenant);
  expect(left).toEqual(["tnt_a", "tnt_c", "tnt_d"]);
});

test("tenants are late once they wait longer than an audit may take, the oldest first", () => {
  const old = withWaiting(emptySchedule, ["tnt_a"], now);
  const schedule = withWaiting(old, ["tnt_b"], now - 1);
  const end = now + limits.auditLateMillis;
  expect(lateIn(schedule, end - 1)).toEqual([]);
  expect(lateIn(schedule, end)).toEqual(["tnt_b"]);
  expect(lateIn(schedule, end + 1)).toEqual(["tnt_b", "tnt_a"]);
  const oldest = "2026-11-29T11:59:59.999Z";
  expect(harvestOf(schedule, end)).toEqual({ waiting: 2, late: 1, oldest });
  expect(harvestOf(emptySchedule, end)).toEqual({ waiting: 0, late: 0, oldest: null });
});
