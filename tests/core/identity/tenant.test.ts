import { describe, expect, test } from "vitest";
import {
  parseStanding,
  serializeStanding,
  type KeyStanding,
} from "../../../core/identity/standing.ts";
import { keyId, tenantId } from "../../../core/identity/ids.ts";
import { createKeySchema } from "../../../core/identity/key.ts";
import { createTenantSchema } from "../../../core/identity/tenant.ts";
import { limitsOf, tenantLimitsSchema } from "../../../core/identity/tenant-limits.ts";
import { limits } from "../../../core/limits.ts";

const ulid = "01JD3N7Q5W8XK2ZT4M6R9VBYCE";
const identity: KeyStanding = {
  tenant: tenantId(ulid),
  key: keyId(ulid),
  limits: limitsOf("custom"),
  limitsVersion: 3,
  scopes: ["jobs:read"],
  expiresAt: 1_900_000_000_000,
  suspended: false,
  version: 5,
};

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

test("a key's name may be left out, but not be empty", () => {
  expect(createKeySchema.safeParse({}).success).toBe(true);
  expect(createKeySchema.safeParse({ name: "" }).success).toBe(false);
});

describe("a key's standing in KV", () => {
  test.each([
    ["an identity", identity],
    ["a tombstone", { revoked: true } as const],
  ])("is read back as it was written: %s", (_, standing) => {
    expect(parseStanding(serializeStanding(standing))).toEqual(standing);
  });

  test.each([
    ["no JSON", "{"],
    ["nothing", "null"],
    ["another kind of id", JSON.stringify({ ...identity, tenant: "key_" + ulid.toLowerCase() })],
    ["limits missing", JSON.stringify({ ...identity, limits: {} })],
    ["a revocation that is none", JSON.stringify({ revoked: false })],
  ])("is not trusted when it holds %s", (_, text) => {
    expect(parseStanding(text)).toBeNull();
  });

  test("is still read when a newer version has added to it", () => {
    const newer = { ...identity, plan: "gold", limits: { ...limitsOf("custom"), spendMicros: 5 } };
    expect(parseStanding(JSON.stringify(newer))).toEqual(identity);
  });
});
