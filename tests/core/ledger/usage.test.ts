import { describe, expect, test } from "vitest";
import {
  addEvent,
  addTotals,
  canBeCounted,
  emptyTotals,
  hourOf,
  isMonth,
  monthEnd,
  monthOf,
  monthStart,
  subtractEvent,
  usageEventFrom,
} from "../../../core/ledger/usage.ts";
import { directSum, doneAt, utc } from "../billing/usage-samples.ts";

describe("periods are UTC and half open", () => {
  test("and local time here is far from UTC, so that any use of it shows", () => {
    expect(new Date(0).getTimezoneOffset()).toBe(640);
    expect(new Date(Date.UTC(2026, 10)).getTimezoneOffset()).toBe(-14 * 60);
  });

  test.each([
    ["2026-11-30T23:59:59.999Z", "2026-11-30T23:00:00.000Z", "2026-11"],
    ["2026-12-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z", "2026-12"],
    ["2026-12-31T23:59:59.999Z", "2026-12-31T23:00:00.000Z", "2026-12"],
    ["2028-02-29T12:30:00.000Z", "2028-02-29T12:00:00.000Z", "2028-02"],
  ] as const)("%s is in the hour of %s and in %s", (at, hour, month) => {
    expect(hourOf(utc(at))).toBe(utc(hour));
    expect(monthOf(utc(at))).toBe(month);
    expect(monthStart(month)).toBeLessThanOrEqual(utc(at));
    expect(monthEnd(utc(at))).toBeGreaterThan(utc(at));
  });

  test("a month ends where the next begins, over the year's end too", () => {
    expect(monthEnd(monthStart("2026-12"))).toBe(monthStart("2027-01"));
    expect(monthEnd(monthStart("2028-02"))).toBe(monthStart("2028-03"));
  });

  test("a month is four digits and two", () => {
    expect(["2026-01", "2026-12", "1999-10"].map(isMonth)).toEqual([true, true, true]);
  });

  test.each([
    "abcd-11",
    "2-11",
    "2026-00",
    "2026-13",
    "2026-1",
    "26-01",
    "2026-01-01",
    " 2026-01",
    "2026-01\n",
    "",
  ])("%j is no month", (text) => expect(isMonth(text)).toBe(false));
});

describe("totals", () => {
  test("count done and failed jobs apart, and only done work", () => {
    const failed = { ...doneAt(2, 2), outcome: "failed" as const };
    const nothing = { outputs: 0, bytesOut: 0, pixels: 0, computeUnits: 0 };
    expect(directSum([doneAt(1, 1), { ...failed, ...nothing }, doneAt(3, 3)])).toEqual({
      jobsDone: 2,
      jobsFailed: 1,
      outputs: 4,
      bytesIn: 3_000_000,
      bytesOut: 120_000,
      pixels: 24_960_000,
      computeUnits: 234,
    });
  });

  test("are as before once an event is taken back", () => {
    const before = directSum([doneAt(1, 1)]);
    expect(subtractEvent(addEvent(before, doneAt(2, 2)), doneAt(2, 2))).toEqual(before);
    expect(subtractEvent(before, doneAt(1, 1))).toEqual(emptyTotals);
  });

  test.each(["jobsDone", "jobsFailed", "outputs", "computeUnits"] as const)(
    "of %s are exact up to 2^53 and refuse to be inexact beyond",
    (figure) => {
      const full = { ...emptyTotals, [figure]: Number.MAX_SAFE_INTEGER - 1 };
      const one = { ...emptyTotals, [figure]: 1 };
      const most = addTotals(full, one);
      expect(most[figure]).toBe(Number.MAX_SAFE_INTEGER);
      expect(() => addTotals(most, one)).toThrow(RangeError);
    },
  );

  test.each(["bytesIn", "bytesOut", "pixels"] as const)(
    "of %s, which no price counts, stop at 2^53 - 1, in whatever order they are added",
    (figure) => {
      const many = { ...emptyTotals, [figure]: 4e15 };
      const three = addTotals(addTotals(many, many), many);
      expect(three[figure]).toBe(Number.MAX_SAFE_INTEGER);
      expect(addTotals(many, addTotals(many, many))).toEqual(three);
    },
  );
});

describe("an event", () => {
  const done = doneAt(5, 1);
  const failed = {
    ...done,
    outcome: "failed",
    outputs: 0,
    bytesOut: 0,
    pixels: 0,
    computeUnits: 0,
  };

  test("is read without anything else that was stored with it", () => {
    expect(usageEventFrom({ ...done, note: "mine" })).toEqual(done);
    expect(usageEventFrom(failed)).toEqual(failed);
  });

  test("names the versions that it was counted and rendered by, where they are counts", () => {
    const versions = { unitsVersion: 2, engineVersion: 0 };
    expect(usageEventFrom({ ...done, ...versions })).toEqual({ ...done, ...versions });
    expect(usageEventFrom({ ...done, unitsVersion: "2", engineVersion: -1 })).toStrictEqual(done);
  });

  test.each([
    ["nothing", null],
    ["a text", "event"],
    ["a number", 5],
    ["no number", { ...done, seq: undefined }],
    ["the number zero", { ...done, seq: 0 }],
    ["no job", { ...done, job: undefined }],
    ["a job that is a number", { ...done, job: 7 }],
    ["an empty job", { ...done, job: "" }],
    ["no time", { ...done, at: undefined }],
    ["another outcome", { ...done, outcome: "lost" }],
    ...["outputs", "bytesIn", "bytesOut", "pixels", "computeUnits"].flatMap(
      (field): [string, object][] => [
        [`no ${field}`, { ...done, [field]: undefined }],
        [`a negative ${field}`, { ...done, [field]: -1 }],
        [`half a ${field}`, { ...done, [field]: 0.5 }],
      ],
    ),
    ...["outputs", "bytesOut", "pixels", "computeUnits"].map((field): [string, object] => [
      `a failure that is billed ${field}`,
      { ...failed, [field]: 1 },
    ]),
  ])("is none with %s", (_, value) => {
    expect(usageEventFrom(value)).toBeNull();
  });

  test.each(["computeUnits", "bytesOut", "pixels"])(
    "cannot be made of usage whose %s is no count",
    (field) => {
      const usage = { computeUnits: 1, bytesIn: 1, bytesOut: 1, pixels: 1, renderMillis: 1 };
      expect(canBeCounted(usage)).toBe(true);
      expect(canBeCounted({ ...usage, [field]: 0 })).toBe(true);
      expect(canBeCounted({ ...usage, [field]: 0.5 })).toBe(false);
      expect(canBeCounted({ ...usage, [field]: -1 })).toBe(false);
    },
  );
});
