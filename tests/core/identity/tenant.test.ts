import { oneShard } from "../../../core/fleet/shard-map.ts";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import {
  changeTenantSchema,
  createTenantSchema,
  parseTerms,
  raiseShardsSchema,
} from "../../../core/identity/tenant.ts";
import {
  isServedBy,
  limitFields,
  limitsOf,
  planNames,
  plans,
  tenantLimitsSchema,
} from "../../../core/identity/tenant-limits.ts";
import { limits } from "../../../core/limits.ts";

describe("a request for a tenant", () => {
  test.each([
    ["a name alone", { name: "Acme" }],
    ["some limits", { name: "Acme", limits: { requestsPerSecond: 5, jobsPerMonth: 10 } }],
    ["a quota lifted by null", { name: "Acme", limits: { jobsPerMonth: null } }],
    ["a quota of nothing", { name: "Acme", limits: { computeUnitsPerMonth: 0 } }],
    ["the longest name", { name: "x".repeat(limits.nameCharsMax) }],
  ])("may have %s", (_, request) => {
    expect(createTenantSchema.safeParse(request).success).toBe(true);
  });

  test.each([
    ["no name", {}],
    ["a blank name", { name: "  " }],
    ["too long a name", { name: "x".repeat(limits.nameCharsMax + 1) }],
    ["an unknown field", { name: "Acme", plan: "gold" }],
    ["an unknown limit", { name: "Acme", limits: { perSecond: 5 } }],
    ["a rate of nothing", { name: "Acme", limits: { requestsPerSecond: 0 } }],
    ["half a request", { name: "Acme", limits: { burst: 1.5 } }],
    ["a rate without bound", { name: "Acme", limits: { requestsPerSecond: null } }],
    ["too high a rate", { name: "Acme", limits: { requestsPerSecond: 1e9 } }],
    ["too large a burst", { name: "Acme", limits: { burst: limits.burstMax + 1 } }],
    ["a negative quota", { name: "Acme", limits: { jobsPerMonth: -1 } }],
    ["a number as text", { name: "Acme", limits: { jobsInFlight: "10" } }],
  ])("with %s is refused", (_, request) => {
    expect(createTenantSchema.safeParse(request).success).toBe(false);
  });
});

describe("a tenant's home and stay", () => {
  const accepts = (residence: object) =>
    createTenantSchema.safeParse({ name: "Acme", ...residence }).success;

  test.each(["eu", "a", "us2", "abcdefghijkl"])("may be the region %s", (home) => {
    expect(accepts({ home, stays: "home" })).toBe(true);
  });

  test.each([
    { home: "" },
    { home: "EU" },
    { home: "eu-west" },
    { home: "eu west" },
    { home: "abcdefghijklm" },
    { stays: "here" },
  ])("are not %j", (residence) => {
    expect(accepts(residence)).toBe(false);
  });
});

test("a tenant has from one shard to the most that there may be", () => {
  const accepts = (shards: unknown) => raiseShardsSchema.safeParse({ shards }).success;
  expect([1, limits.shardsMax].map(accepts)).toEqual([true, true]);
  expect([0, limits.shardsMax + 1, 1.5, "2"].map(accepts)).toEqual([false, false, false, false]);
  expect(raiseShardsSchema.safeParse({ shards: 2, since: 0 }).success).toBe(false);
});

test("a tenant's rate and burst may be as many times one ledger's as it has ledgers", () => {
  const rate = 3 * limits.ledgerRequestsPerSecondMax;
  const burst = 3 * limits.ledgerBurstMax;
  const isServed = (requestsPerSecond: number, most: number) =>
    isServedBy(limitsOf("custom", { requestsPerSecond, burst: most }), 3);
  expect(isServed(rate, burst)).toBe(true);
  expect(isServed(rate + 1, burst)).toBe(false);
  expect(isServed(rate, burst + 1)).toBe(false);
});

describe("limits left open", () => {
  test("become the defaults, which are themselves in range", () => {
    expect(limitsOf("custom")).toMatchObject({
      requestsPerSecond: limits.requestsPerSecondDefault,
      burst: 2 * limits.requestsPerSecondDefault,
      jobsPerMonth: null,
      computeUnitsPerMonth: null,
      jobsInFlight: limits.jobsInFlightDefault,
    });
    expect(tenantLimitsSchema.safeParse(limitsOf("custom")).success).toBe(true);
  });

  test("give a burst in keeping with the rate, in range at the highest rate too", () => {
    expect(limitsOf("custom", { requestsPerSecond: 3 }).burst).toBe(6);
    const highest = limitsOf("custom", { requestsPerSecond: limits.requestsPerSecondMax });
    expect(tenantLimitsSchema.safeParse(highest).success).toBe(true);
  });

  test("leave alone what was chosen", () => {
    const chosen = { burst: 1, jobsPerMonth: 0, computeUnitsPerMonth: 7, jobsInFlight: 2 };
    expect(limitsOf("custom", chosen)).toMatchObject(chosen);
  });
});

test("a change may leave everything as it is, and holds to the same bounds", () => {
  const accepts = (change: object) => changeTenantSchema.safeParse(change).success;
  expect(accepts({})).toBe(true);
  expect(accepts({ name: "Acme", plan: "pro", limits: {} })).toBe(true);
  expect(accepts({ name: "" })).toBe(false);
  expect(accepts({ plan: "gold" })).toBe(false);
  expect(accepts({ limits: { burst: 0 } })).toBe(false);
  expect(accepts({ status: "active" })).toBe(false);
});

describe("a limit", () => {
  const largest = {
    requestsPerSecond: limits.requestsPerSecondMax,
    burst: limits.burstMax,
    jobsPerMonth: limits.monthlyQuotaMax,
    computeUnitsPerMonth: limits.monthlyQuotaMax,
    spendMicrosPerMonth: limits.monthlyQuotaMax,
    jobsInFlight: limits.jobsInFlightMax,
    sourceBytesMax: limits.sourceBytesMax,
    sourcePixelsMax: limits.sourcePixelsMax,
    retentionDays: limits.retentionDaysMax,
    storedImagesMax: limits.storedImagesMax,
    storedBytesMax: limits.storedBytesMax,
  };
  const quotas = new Set(["jobsPerMonth", "computeUnitsPerMonth", "spendMicrosPerMonth"]);
  const mayBeNone = new Set([...quotas, "storedImagesMax", "storedBytesMax"]);

  test.each(Object.entries(largest))("%s goes up to %i", (name, most) => {
    const accepts = (value: unknown) =>
      limitFields[name as keyof typeof limitFields].safeParse(value).success;
    expect(accepts(most)).toBe(true);
    expect(accepts(most + 1)).toBe(false);
    expect(accepts(0)).toBe(mayBeNone.has(name));
    expect(accepts(-1)).toBe(false);
    expect(accepts(null)).toBe(quotas.has(name));
  });

  test("says what it is", () => {
    const described = Object.values(limitFields).map((field) => z.globalRegistry.get(field));
    expect(described.length).toBe(Object.keys(largest).length);
    for (const meta of described) expect(meta?.description).toMatch(/\.$/);
  });
});

test.each(planNames)("the plan %s stays within what any tenant may have", (plan) => {
  expect(tenantLimitsSchema.safeParse(plans[plan]).success).toBe(true);
  expect(limitsOf(plan)).toEqual(plans[plan]);
});

describe("terms that a ledger stored", () => {
  const terms = { version: 4, limits: limitsOf("pro"), status: "suspended" } as const;
  const shards = [
    { shards: 1, since: 0 },
    { shards: 4, since: 9 },
  ];

  test("are read back as they were", () => {
    expect(parseTerms(JSON.stringify({ ...terms, shards }))).toEqual({ ...terms, shards });
  });

  test("from before there were shards are of one", () => {
    expect(parseTerms(JSON.stringify(terms))).toEqual({ ...terms, shards: oneShard });
  });

  test.each([
    ["no version", { ...terms, version: undefined }],
    ["no limits", { ...terms, limits: undefined }],
    ["another status", { ...terms, status: "asleep" }],
  ])("are refused with %s", (_, odd) => {
    expect(() => parseTerms(JSON.stringify(odd))).toThrow();
  });
});
