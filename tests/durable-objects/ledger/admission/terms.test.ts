import { beforeEach, expect, test } from "vitest";
import { shardOfKey, type ShardMap } from "../../../../core/fleet/shard-map.ts";
import { limitsOf, type TenantLimits } from "../../../../core/identity/tenant-limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** Which of a tenant's terms decide: the newest that the Directory told or a request brought. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const granted = (jobsInFlight: number) => limitsOf("custom", { jobsInFlight });
const account = () => world.ledger.account({ limits: granted(1) });

test("those that were told last decide, also after an eviction", () => {
  for (const version of [1, 2, 3])
    world.ledger.setTerms({ version, limits: granted(version), status: "active" });
  world.wake();
  expect(account().terms).toMatchObject({ version: 3, limits: { jobsInFlight: 3 } });
});

test("what a Directory of an older version does not tell is unlimited, or as long as it was then", () => {
  const { retentionDays, storedImagesMax, ...older } = granted(5);
  world.ledger.setTerms({ version: 1, limits: older as TenantLimits, status: "active" });
  const limits = { jobsInFlight: 5, retentionDays, storedImagesMax };
  expect(account().terms).toMatchObject({ version: 1, limits });
  world.wake();
  expect(account().terms).toMatchObject({ version: 1, limits });
});

test("a request of the same version does not let a suspended tenant in", () => {
  world.ledger.setTerms({ version: 7, limits: granted(2), status: "suspended" });
  const request = world.request({ limits: granted(2), limitsVersion: 7 });
  expect(world.answer(request).verdict).toMatchObject({ error: { code: "tenant-suspended" } });
});

test("a request that brings an older map of the shards does not bring moved keys back", () => {
  const one: ShardMap = [{ shards: 1, since: 0 }];
  const four: ShardMap = [...one, { shards: 4, since: world.now }];
  let number = 0;
  while (shardOfKey(four, `key ${number}`) === 0) number += 1;
  const idempotency = { key: `key ${number}`, fingerprint: "1" };
  world.accept({ shards: four });
  world.accept({ shards: one });
  expect(world.ledger.shardMap()).toEqual(four);
  expect(world.answer(world.request({ idempotency, shards: one }))).toMatchObject({ moved: four });
});

test("a damaged row is kept for a person once, however often the object starts", () => {
  world.ledger.setTerms({ version: 7, limits: granted(2), status: "active" });
  world.storage.sql.exec(`UPDATE terms SET terms = '{'`);
  for (let lives = 0; lives < 3; lives++) world.wake();
  expect(world.rows(`SELECT source FROM quarantine`)).toEqual([{ source: "terms" }]);
});

test.each(["{", "null", "{}", `{"version":1}`])(
  "terms that are %s are those that the next request brings from what the Directory published",
  async (text) => {
    const { limits: all } = world.request();
    world.ledger.setTerms({
      version: 7,
      limits: { ...all, jobsInFlight: 3 },
      status: "active",
    });
    world.storage.sql.exec(`UPDATE terms SET terms = ?`, text);
    const ledger = world.wake();
    const brought = { limits: { ...all, jobsInFlight: 2 }, limitsVersion: 7 };
    expect(ledger.account(brought).terms).toMatchObject({
      version: 7,
      limits: { jobsInFlight: 2 },
    });
    world.accept(brought);
    expect(world.rows(`SELECT source, id FROM quarantine`)).toEqual([{ source: "terms", id: "" }]);
    expect(world.wake().account(brought).terms.version).toBe(7);
  },
);
