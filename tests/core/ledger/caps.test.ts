import { noAmounts } from "../../../core/ledger/lease.ts";
import { describe, expect, test } from "vitest";
import { limitsOf } from "../../../core/identity/tenant-limits.ts";
import { admit, overPlan } from "../../../core/ledger/admission.ts";
import {
  capsOf,
  costOf,
  isMonthCapped,
  noticesDue,
  spendMicros,
} from "../../../core/ledger/caps.ts";

const now = Date.UTC(2026, 10, 20, 12);
const tenant = limitsOf("custom", {
  jobsPerMonth: 10,
  computeUnitsPerMonth: 1000,
  spendMicrosPerMonth: 2_000,
});

test("spend is what the price list asks for renditions and compute units together", () => {
  expect(spendMicros({ computeUnits: 0, outputs: 0 }, now)).toBe(0);
  expect(spendMicros({ computeUnits: 0, outputs: 1000 }, now)).toBe(14_500);
  expect(spendMicros({ computeUnits: 1_000_000, outputs: 0 }, now)).toBe(21_000);
  expect(spendMicros({ computeUnits: 100_000, outputs: 1000 }, now)).toBe(16_600);
});

describe("caps", () => {
  test("are those that the tenant has, each with what is used", () => {
    const use = { jobs: 3, computeUnits: 700, outputs: 100 };
    expect(capsOf(tenant, use, now)).toEqual([
      { name: "jobsPerMonth", value: 10, used: 3 },
      { name: "computeUnitsPerMonth", value: 1000, used: 700 },
      { name: "spendMicrosPerMonth", value: 2000, used: 1465 },
    ]);
    expect(capsOf(limitsOf("custom"), use, now)).toEqual([]);
  });

  test.each(["jobsPerMonth", "computeUnitsPerMonth", "spendMicrosPerMonth"])(
    "are there with %s alone, be it nothing",
    (name) => {
      expect(isMonthCapped(limitsOf("custom", { [name]: 0 }))).toBe(true);
      expect(isMonthCapped(limitsOf("custom"))).toBe(false);
    },
  );

  test("count a job once, its units, and what it costs", () => {
    const cost = { computeUnits: 50, outputs: 10 };
    expect(costOf("jobsPerMonth", cost, now)).toBe(1);
    expect(costOf("computeUnitsPerMonth", cost, now)).toBe(50);
    expect(costOf("spendMicrosPerMonth", cost, now)).toBe(146);
  });

  test.each([
    [79, []],
    [80, [0.8]],
    [99, [0.8]],
    [100, [0.8, 1]],
    [130, [0.8, 1]],
  ])("of which %i per cent is used give notices at %j", (used, shares) => {
    const cap = { name: "jobsPerMonth", value: 100, used } as const;
    expect(noticesDue([cap]).map(({ share }) => share)).toEqual(shares);
  });
});

test("a refusal says which limit, its value, what is used and when it is whole again", () => {
  const standing = {
    bucket: null,
    shards: 1,
    jobsInFlight: 0,
    computeUnitsInFlight: 0,
    jobsThisMonth: 0,
    computeUnitsThisMonth: 990,
    outputsThisMonth: 0,
    elsewhere: noAmounts,
    idle: noAmounts,
    pressure: { waiting: 0, oldestMillis: 0 },
    storedBytes: 0,
  };
  const { verdict } = admit(standing, tenant, { computeUnits: 11, outputs: 1 }, now);
  expect(verdict).toMatchObject({
    error: {
      limit: {
        name: "computeUnitsPerMonth",
        value: 1000,
        used: 990,
        resetsAt: "2026-12-01T00:00:00.000Z",
      },
    },
  });
});

describe("a plan's largest source", () => {
  const plan = limitsOf("custom", { sourceBytesMax: 1000, sourcePixelsMax: 600 });

  test("is taken", () => {
    expect(overPlan(plan, { bytes: 1000, width: 30, height: 20 })).toBeNull();
  });

  test.each([
    [
      { bytes: 1001, width: 30, height: 20 },
      { name: "sourceBytesMax", value: 1000, used: 1001 },
    ],
    [
      { bytes: 1000, width: 31, height: 20 },
      { name: "sourcePixelsMax", value: 600, used: 620 },
    ],
  ])("and no larger one: %j", (source, limit) => {
    expect(overPlan(plan, source)).toMatchObject({ code: "over-plan", status: 403, limit });
  });
});
