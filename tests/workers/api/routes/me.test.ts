import { expect, test } from "vitest";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { ApiWorld, byTest, refusal } from "./api-world.ts";

const used = {
  ...{ jobsInFlight: 2, jobsThisMonth: 10, computeUnitsThisMonth: 100 },
  spendMicrosThisMonth: 1000,
};
const terms = (version: number, jobsPerMonth: number | null) => ({
  version,
  limits: { ...limitsOf("custom"), jobsPerMonth, jobsInFlight: 5, storedImagesMax: 10 },
});
const notice = (at: number) => ({ month: "2026-11", name: "jobsPerMonth", share: 0.8, at });

/** A tenant of two shards, whose ledgers answer so. */
async function account(first: object, second: object) {
  const world = new ApiWorld();
  const { tenant } = await world.tenant(["jobs:read"]);
  await world.directory.registry.raiseShards(tenant, 2, byTest);
  const caller = await world.keyOf(tenant, []);
  world.ledger = (name) => ({
    shardMap: async () => [{ shards: 2, since: 0 }],
    account: async () => (name.endsWith("/0") ? first : second),
  });
  return { world, caller, me: await caller.get("/v1/me") };
}

test("what the tenant's ledgers know is added up, and what is left follows from the newest terms", async () => {
  const { caller, me } = await account(
    {
      ...{ terms: terms(1, null), used, notices: [notice(1000)] },
      ...{ stored: { images: 3, bytes: 30 }, apartUntil: 5000 },
    },
    {
      ...{ terms: terms(2, 50), used, notices: [notice(3000), notice(2000)] },
      ...{ stored: { images: 1, bytes: 10 }, apartUntil: 9000 },
    },
  );
  const time = (millis: number) => new Date(millis).toISOString();
  expect(me).toMatchObject({
    status: 200,
    body: {
      ...{ tenant: caller.tenant, key: caller.id, expiresAt: null, scopes: [] },
      limits: terms(2, 50).limits,
      used: {
        ...{ jobsInFlight: 4, jobsThisMonth: 20, computeUnitsThisMonth: 200 },
        ...{ spendMicrosThisMonth: 2000, storedImages: 4, storedBytes: 40 },
      },
      left: {
        ...{ jobsInFlight: 1, jobsPerMonth: 30, computeUnitsPerMonth: null, storedImages: 6 },
        storedBytes: limitsOf("custom").storedBytesMax - 40,
      },
      notices: [3000, 2000, 1000].map((at) => ({
        ...{ month: "2026-11", limit: "jobsPerMonth", share: 0.8, at: time(at) },
      })),
      apartUntil: time(9000),
      ledgers: { included: 2, known: 2, missing: [] },
    },
  });
});

test("nothing is left below zero, and what older ledgers do not tell counts as none", async () => {
  const over = { ...used, jobsInFlight: 9, jobsThisMonth: 90 };
  const { me } = await account(
    { terms: terms(2, 50), used: over, notices: [] },
    { terms: terms(1, null), used, notices: [], stored: { images: 11, bytes: 0 } },
  );
  expect(me.body).toMatchObject({
    left: { jobsInFlight: 0, jobsPerMonth: 0, storedImages: 0 },
    used: { storedImages: 11, storedBytes: 0 },
    apartUntil: null,
  });
});

test("a key that ends shows when, and nobody without a key is told anything", async () => {
  const { world, caller } = await account(
    { terms: terms(1, null), used, notices: [] },
    { terms: terms(1, null), used, notices: [] },
  );
  const expiresAt = new Date(world.directory.now + 1000).toISOString();
  const ending = await world.keyOf(caller.tenant, ["keys:admin"], { expiresAt });
  expect((await ending.get("/v1/me")).body).toMatchObject({
    ...{ key: ending.id, expiresAt, scopes: ["keys:admin"] },
  });
  expect(refusal(await world.ask("/v1/me"))).toBe("401 unauthenticated");
});
