import { describe, expect, test } from "vitest";
import { keyId, tenantId } from "../../../core/identity/ids.ts";
import { defaultScopes } from "../../../core/identity/scopes.ts";
import {
  isRevoked,
  newerStanding,
  parseStanding,
  serializeStanding,
  standingKey,
  type Identity,
  type KeyStanding,
} from "../../../core/identity/standing.ts";
import { limitsOf } from "../../../core/identity/tenant-limits.ts";

const ulid = "01JD3N7Q5W8XK2ZT4M6R9VBYCE";
const identity: Identity = {
  tenant: tenantId(ulid),
  key: keyId(ulid),
  limits: limitsOf("custom"),
  limitsVersion: 3,
  scopes: ["jobs:read"],
  expiresAt: 1_900_000_000_000,
  suspended: false,
  home: null,
  stays: "anywhere",
  shards: [{ shards: 1, since: 0 }],
  version: 5,
};
const revoked: KeyStanding = { revoked: true };

describe("a key's standing in KV", () => {
  test.each([
    ["an identity", identity],
    ["a tombstone", revoked],
  ])("is read back as it was written: %s", (_, standing) => {
    expect(parseStanding(serializeStanding(standing))).toEqual(standing);
  });

  test("is under the hash of the key", () => {
    expect(standingKey("abc")).toBe("key/abc");
  });

  test.each([
    ["no JSON", "{"],
    ["nothing", "null"],
    ["another kind of id", JSON.stringify({ ...identity, tenant: `key_${ulid.toLowerCase()}` })],
    ["limits missing", JSON.stringify({ ...identity, limits: {} })],
    ["a revocation that is none", JSON.stringify({ revoked: false })],
    ["a scope that is none", JSON.stringify({ ...identity, scopes: ["jobs:burn"] })],
    ["no scope", JSON.stringify({ ...identity, scopes: [] })],
  ])("is not trusted when it holds %s", (_, text) => {
    expect(parseStanding(text)).toBeNull();
  });

  test("is still read when a newer version has added to it", () => {
    const newer = { ...identity, plan: "gold", limits: { ...limitsOf("custom"), spendMicros: 5 } };
    expect(parseStanding(JSON.stringify(newer))).toEqual(identity);
  });

  test("from before there were scopes and versions does what keys did then, and is the oldest", () => {
    const { tenant, key, limits } = identity;
    expect(parseStanding(JSON.stringify({ tenant, key, limits }))).toEqual({
      tenant,
      key,
      limits,
      scopes: defaultScopes,
      expiresAt: null,
      suspended: false,
      home: null,
      stays: "anywhere",
      shards: [{ shards: 1, since: 0 }],
      version: 0,
      limitsVersion: 0,
    });
  });

  test("from before there were spend caps and plans' bounds has the service's own", () => {
    const { requestsPerSecond, burst, jobsPerMonth, computeUnitsPerMonth, jobsInFlight } =
      identity.limits;
    const older = { requestsPerSecond, burst, jobsPerMonth, computeUnitsPerMonth, jobsInFlight };
    const text = JSON.stringify({ ...identity, limits: older });
    expect(parseStanding(text)).toEqual({
      ...identity,
      limits: { ...limitsOf("custom"), ...older },
    });
  });
});

describe("of two readings of one key", () => {
  const newer = { ...identity, version: 6 };

  test("the one with the higher version counts, in whichever order they come", () => {
    expect(newerStanding(identity, newer)).toBe(newer);
    expect(newerStanding(newer, identity)).toBe(newer);
  });

  test("the first counts where both are of one version", () => {
    expect(newerStanding(identity, { ...identity })).toBe(identity);
  });

  test("a revocation counts against any version", () => {
    expect(newerStanding(revoked, newer)).toBe(revoked);
    expect(newerStanding(newer, revoked)).toBe(revoked);
  });
});

test("a tombstone is revoked and an identity is not", () => {
  expect([revoked, identity].map(isRevoked)).toEqual([true, false]);
});
