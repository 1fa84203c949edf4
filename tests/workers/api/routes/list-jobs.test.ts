import { expect, test } from "vitest";
import { apiKeySecretBytes, hashApiKey, mintApiKey } from "../../../../core/identity/api-key.ts";
import { oneShard } from "../../../../core/fleet/shard-map.ts";
import { serializeStanding, standingKey } from "../../../../core/identity/standing.ts";
import { keyId, tenantId } from "../../../../core/identity/ids.ts";
import { ask } from "../ask.ts";
import { identity } from "../identity/door.ts";
import { threeRegions } from "../../../three-regions.ts";
import { oneRegion } from "../../../one-region.ts";
import { ApiWorld, refusal } from "./api-world.ts";

/** A tenant whose ledger holds jobs that bear its name. */
function tenantNumber(number: number) {
  const id = `01jd3n7q5w8xk2zt4m6r9vby${number}0`;
  const key = mintApiKey(new Uint8Array(apiKeySecretBytes).fill(number));
  const standing = { ...identity, tenant: tenantId(id), key: keyId(id) };
  return { key, standing, ledger: `${standing.tenant}/local/0` };
}

const tenants = [tenantNumber(1), tenantNumber(2)] as const;

const bindings = {
  FLEET: oneRegion(),
  IDENTITY: {
    get: async (entry: string) => {
      const owner = tenants.find(({ key }) => standingKey(hashApiKey(key)) === entry);
      return owner ? serializeStanding(owner.standing) : null;
    },
  },
  LEDGER: {
    getByName: (ledger: string) => ({
      shardMap: async () => oneShard,
      list: async (cursor: string | null) => [
        { id: `of ${ledger} after ${cursor}`, outputs: [], createdAt: 0, settledAt: null },
      ],
    }),
  },
};

async function list(tenant: (typeof tenants)[number], query: string): Promise<string[]> {
  const headers = { Authorization: `Bearer ${tenant.key}` };
  const response = await ask(`/v1/jobs${query}`, { headers }, bindings);
  const { jobs } = (await response.json()) as { jobs: { id: string }[] };
  return jobs.map(({ id }) => id);
}

test("the same cursor shows each tenant its own jobs, whoever asks first", async () => {
  const cursor = `job_local_0_${"0".repeat(26)}`;
  for (const tenant of [...tenants, ...tenants]) {
    expect(await list(tenant, `?cursor=${cursor}`)).toEqual([
      `of ${tenant.ledger} after ${cursor}`,
    ]);
    expect(await list(tenant, "")).toEqual([`of ${tenant.ledger} after null`]);
  }
});

test("what is no page is refused by its option", async () => {
  const caller = await new ApiWorld().tenant(["jobs:read"]);
  expect(refusal(await caller.get("/v1/jobs?limit=0"))).toBe("400 invalid-option limit");
});

test("pages merge all regions and shards, newest first, and name a region that does not answer", async () => {
  const ulid = (number: number) => `${"0".repeat(25)}${number}`;
  // KV tells of one shard still; each region's first one knows better.
  const two = [...oneShard, { shards: 2, since: 1 }];
  const held: Record<string, readonly number[]> = {
    ...{ "na/0": [6], "na/1": [3], "eu/0": [4, 1], "eu/1": [5], "ap/0": [2] },
  };
  const away = new Set<string>();
  const asked: (string | null)[] = [];
  const ledger = (name: string) => ({
    shardMap: async () => two,
    list: async (cursor: string | null, limit: number) => {
      const [, region = "", shard = ""] = name.split("/");
      if (away.has(region)) throw new Error("the region is away");
      asked.push(cursor);
      return (held[`${region}/${shard}`] ?? [])
        .map((number) => `job_${region}_${shard}_${ulid(number)}`)
        .filter((id) => cursor === null || id < cursor)
        .slice(0, limit)
        .map((id) => ({ id, outputs: [], createdAt: 0, settledAt: null }));
    },
  });
  const pictures = { PICTURES_NA: {}, PICTURES_EU: {}, PICTURES_AP: {} };
  const fleet = { ...bindings, ...pictures, FLEET: threeRegions, LEDGER: { getByName: ledger } };
  const page = async (query: string) => {
    const headers = { Authorization: `Bearer ${tenants[0].key}` };
    const response = await ask(`/v1/jobs?limit=2${query}`, { headers }, fleet);
    return (await response.json()) as {
      jobs: { id: string }[];
      cursor: string | null;
      ledgers: object;
    };
  };

  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const answer = await page(cursor === null ? "" : `&cursor=${cursor}`);
    expect(answer.ledgers).toEqual({ included: 6, known: 6, missing: [] });
    seen.push(...answer.jobs.map(({ id }) => id));
    cursor = answer.cursor;
  } while (cursor !== null);
  expect(seen.map((id) => Number(id.at(-1)))).toEqual([6, 5, 4, 3, 2, 1]);

  away.add("eu");
  const rest = await page("");
  expect(rest.jobs.map(({ id }) => Number(id.at(-1)))).toEqual([6, 3]);
  expect(rest.ledgers).toEqual({ included: 4, known: 6, missing: ["eu"] });
});
