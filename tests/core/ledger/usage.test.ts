import { describe, expect, test } from "vitest";
import {
  addTotals,
  emptyTotals,
  hourOf,
  isMonth,
  monthEnd,
  monthOf,
  monthStart,
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

  test.each(["2026-00", "2026-13", "2026-1", "26-01", "2026-01-01", " 2026-01", "2026-01\n", ""])(
    "%j is no month",
    (text) => expect(isMonth(text)).toBe(false),
  );
});

describe("totals", () => {
  test("count done and failed jobs apart, and only done work", () => {
    const failed = { ...doneAt(2, 2), outcome: "failed" as const };
    const nothing = { outputs: 0, bytesOut: 0, pixels: 0, computeUnits: 0 };
    expect(directSum([doneAt(1, 1), { ...failed, ...nothing }])).toEqual({
      jobsDone: 1,
      jobsFailed: 1,
      outputs: 2,
      bytesIn: 2_000_000,
      bytesOut: 60_000,
      pixels: 12_480_000,
      computeUnits: 117,
    });
  });

  test("are exact up to 2^53 and refuse to be inexact beyond", () => {
    const full = { ...emptyTotals, pixels: Number.MAX_SAFE_INTEGER - 1 };
    const one = { ...emptyTotals, pixels: 1 };
    const most = addTotals(full, one);
    expect(most.pixels).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => addTotals(most, one)).toThrow(RangeError);
  });
});
