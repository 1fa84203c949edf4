import { describe, expect, test, vi } from "vitest";
import { shardOfKey, type ShardMap } from "../../../core/fleet/shard-map.ts";
import type { Continent } from "../../../core/fleet/topology.ts";
import type { Identity } from "../../../core/identity/standing.ts";
import { ledgerName } from "../../../core/job/ledger-address.ts";
import { problem } from "../../../core/problem.ts";
import { KnownShards } from "../../../workers/api/admission/known-shards.ts";
import { Refusals } from "../../../workers/api/admission/refusals.ts";
import { RegionHealths } from "../../../workers/api/admission/region-healths.ts";
import type { Call } from "../../../workers/api/route.ts";
import {
  homeOf,
  homePictures,
  ledgerForJob,
  ledgerForKey,
  nearestRegion,
  picturesOf,
} from "../../../workers/api/regions.ts";
import { threeRegions } from "../../three-regions.ts";
import { identity } from "./identity/door.ts";

const pictures = { PICTURES_NA: { name: "na" }, PICTURES_EU: { name: "eu" }, PICTURES_AP: {} };

/** A request from this continent; null: the platform does not say. */
function callFrom(
  continent: Continent | null,
  holdsKey: (ledger: string) => boolean = () => false,
) {
  const asked: string[] = [];
  const env = {
    ...{ FLEET: threeRegions, ...pictures },
    LEDGER: {
      getByName: (name: string) => ({
        holdsKey: async () => {
          asked.push(name);
          return holdsKey(name);
        },
      }),
    },
  };
  const call = {
    env: { ...env, LEDGER: { ...env.LEDGER, jurisdiction: () => env.LEDGER } },
    request: { ...(continent && { cf: { continent } }), headers: new Headers() },
    healths: new RegionHealths(),
    shards: new KnownShards(),
    refusals: new Refusals(),
  } as unknown as Call;
  return { call, asked };
}

const tenantOf = (more: Partial<Identity> = {}): Identity => ({ ...identity, ...more });
const capped = { limits: { ...identity.limits, jobsPerMonth: 100 } };

describe("a new job goes", () => {
  test.each<[string, Continent | null, Partial<Identity>, string | null, string]>([
    ["to the region of its caller", "AF", {}, null, "eu"],
    ["to the first one where nobody says whence", null, {}, null, "na"],
    ["home under an idempotency key", "AS", { home: "eu" }, "k", "eu"],
    ["home under a monthly cap", "AS", { home: "eu", ...capped }, null, "eu"],
    ["home where the tenant stays there", "AS", { home: "eu", stays: "home" }, null, "eu"],
    ["nowhere else than its jurisdiction", "AS", { home: "eu", stays: "jurisdiction" }, null, "eu"],
  ])("%s", async (_, continent, more, key, region) => {
    const { call } = callFrom(continent);
    expect(await ledgerForJob(call, tenantOf(more), key)).toMatchObject({ region });
  });

  test("elsewhere while the nearest region is out, which a job tries again later", async () => {
    const { call } = callFrom("EU");
    for (let failures = 0; failures < 20; failures++) call.healths.after("eu", false, Date.now());
    const chosen = vi.spyOn(call.healths, "chosen");
    const { region } = await ledgerForJob(call, tenantOf(), null);
    expect(region).not.toBe("eu");
    expect(chosen).toHaveBeenCalledWith(region, expect.any(Number));
  });

  test("to the shards in turn, past those that refuse work, and to one of them where all do", async () => {
    const { call } = callFrom("NA");
    const tenant = tenantOf({ shards: [{ shards: 3, since: 0 }] });
    const shard = async () => (await ledgerForJob(call, tenant, null)).shard;
    const turns = [await shard(), await shard(), await shard()];
    expect(new Set(turns)).toEqual(new Set([0, 1, 2]));
    const refuse = (number: number) => {
      const name = ledgerName({ tenant: tenant.tenant, region: "na", shard: number });
      const limited = problem("rate-limited", "Slow down.", { retryAfterMillis: 5000 });
      call.refusals.remember(name, { problem: limited, rate: null }, Date.now());
    };
    for (const number of [0, 2]) refuse(number);
    expect([await shard(), await shard(), await shard()]).toEqual([1, 1, 1]);
    refuse(1);
    expect(new Set([await shard(), await shard(), await shard()])).toEqual(new Set([0, 1, 2]));
  });
});

describe("an idempotency key", () => {
  const now = Date.now();
  const map: ShardMap = [
    { shards: 1, since: 0 },
    { shards: 64, since: now - 1000 },
  ];
  const key = ["a", "b", "c"].find((each) => shardOfKey(map, each) !== 0) ?? "";
  const place = { tenant: identity.tenant, region: "eu" };
  const earlier = ledgerName({ ...place, shard: 0 });

  test("belongs to its shard, when the one of before does not know it", async () => {
    const { call, asked } = callFrom(null);
    const found = await ledgerForKey(call, { ...identity, shards: map }, "eu", key);
    expect(found).toEqual({ ...place, shard: shardOfKey(map, key) });
    expect(asked).toEqual([earlier]);
  });

  test("stays with the shard of before, when that one knows it", async () => {
    const { call } = callFrom(null, (ledger) => ledger === earlier);
    const found = await ledgerForKey(call, { ...identity, shards: map }, "eu", key);
    expect(found).toEqual({ ...place, shard: 0 });
  });

  test("costs no question while the number of shards was never raised", async () => {
    const { call, asked } = callFrom(null);
    const found = await ledgerForJob(call, tenantOf({ home: "eu" }), key);
    expect([found, asked]).toEqual([{ ...place, shard: 0 }, []]);
  });
});

test("a tenant's pictures are at home, and a job's where its id says", () => {
  const { call } = callFrom(null);
  expect(homeOf(call.env, { home: "eu" })).toBe("eu");
  expect(homeOf(call.env, { home: null })).toBe("na");
  expect(homePictures(call.env, { home: "eu" })).toBe(pictures.PICTURES_EU);
  const job = `job_na_0_${"0".repeat(26)}`;
  expect(picturesOf(call.env, job)).toBe(pictures.PICTURES_NA);
  expect(() => picturesOf(call.env, "nothing")).toThrow("PICTURES");
});

test("the region that serves a caller is the nearest one, whoever its tenant is", () => {
  const { call } = callFrom("OC");
  expect(nearestRegion(call.env, call.request)).toBe("ap");
  const { call: nowhere } = callFrom(null);
  expect(nearestRegion(nowhere.env, nowhere.request)).toBe("na");
});
