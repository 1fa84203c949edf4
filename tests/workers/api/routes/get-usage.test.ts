import { expect, test } from "vitest";
import { emptyTotals } from "../../../../core/ledger/usage.ts";
import { oneShard } from "../../../../core/fleet/shard-map.ts";
import { KnownShards } from "../../../../workers/api/admission/known-shards.ts";
import { RegionHealths } from "../../../../workers/api/admission/region-healths.ts";
import type { Call } from "../../../../workers/api/route.ts";
import type { Identity } from "../../../../core/identity/standing.ts";
import { getUsage } from "../../../../workers/api/routes/get-usage.ts";
import { oneRegion } from "../../../one-region.ts";
import { answering, ApiWorld, refusal } from "./api-world.ts";

const fleet = { ...oneRegion(), regions: ["eu", "us"].flatMap((name) => oneRegion(name).regions) };

/** Asks for usage of a tenant whose ledgers in these regions do not answer. */
function ask(silent: readonly string[]): Promise<Response> {
  const ledgerOf = (name: string) => ({
    shardMap: async () => oneShard,
    usage: async () => {
      if (silent.some((region) => name.includes(`/${region}/`))) throw new Error("it is away");
      return { asOf: 0, hours: [] };
    },
  });
  const env = { FLEET: fleet, LEDGER: { getByName: ledgerOf } };
  const healths = new RegionHealths();
  const shards = new KnownShards();
  const call = {
    env,
    healths,
    shards,
    url: new URL("https://minilab.test/v1/usage"),
  } as unknown as Call;
  if (getUsage.caller !== "tenant") throw new Error("it is a tenant's route");
  return getUsage.handle(call, {
    tenant: "tnt_a",
    home: null,
    stays: "anywhere",
    shards: oneShard,
  } as unknown as Identity);
}

test("a ledger that does not answer is left out, and the answer says so", async () => {
  const response = await ask(["us"]);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    ledgers: { included: 1, known: 2, missing: ["us"] },
    hours: [],
  });
});

test("without any answer there is none", async () => {
  await expect(ask(["eu", "us"])).rejects.toThrow("no region answered");
});

const hour = Date.UTC(2026, 10, 28, 13);

/** A tenant whose ledger counted one job, and whose books answer so. */
async function shop(groups: object[] | null = []) {
  const world = new ApiWorld();
  const caller = await world.tenant(["usage:read"]);
  const totals = { ...emptyTotals, jobsDone: 1, pixels: 2_500_000 };
  const usage = answering({
    ...{ asOf: hour, hours: [{ hour, totals }], hits: { requests: 3, bytes: 30 } },
  });
  world.ledger = () => ({ shardMap: async () => oneShard, usage });
  const about = { asOf: hour, ledgers: { included: 1, known: 2, missing: ["eu"] } };
  const groupedUsage = answering({ ...about, groups });
  world.books = { groupedUsage };
  return { caller, usage, groupedUsage, totals };
}

test("usage is counted by the hour, the day or the month, with what was delivered", async () => {
  const { caller, usage } = await shop();
  const period = "from=2026-11-28T13:20:00Z&to=2026-11-29T00:00:00Z";
  const one = { jobsDone: 1, megapixels: 2.5 };
  const expected = {
    hour: { hours: [{ hour: "2026-11-28T13:00:00.000Z", ...one }] },
    day: { days: [{ day: "2026-11-28", ...one }] },
    month: { months: [{ month: "2026-11", ...one }] },
  };
  for (const [granularity, periods] of Object.entries(expected)) {
    const shown = await caller.get(`/v1/usage?${period}&granularity=${granularity}`);
    expect(shown.body).toMatchObject({ ...periods, total: one, hits: { requests: 3, bytes: 30 } });
  }
  expect((await caller.get(`/v1/usage?${period}`)).body).toMatchObject(expected.hour);
  expect(usage.mock.calls[0]).toEqual([hour, Date.UTC(2026, 10, 29)]);
  expect(refusal(await caller.get("/v1/usage?granularity=week"))).toBe(
    "400 invalid-option granularity",
  );
  expect(refusal(await caller.get("/v1/usage?from=never"))).toBe("400 invalid-option from");
});

test("by key and format it is from the books, and adds up", async () => {
  const { totals } = await shop();
  const groups = [
    { period: "2026-11-28", key: "key_a", format: "webp", totals },
    { period: "2026-11-28", key: null, format: "avif", totals },
  ];
  const { caller, groupedUsage, usage } = await shop(groups);
  const query = "from=2026-11-28T00:00:00Z&to=2026-11-29T00:00:00Z&granularity=day";
  const shown = await caller.get(`/v1/usage?${query}&groupBy=key,format`);
  expect(shown).toMatchObject({
    status: 200,
    body: {
      ...{ asOf: "2026-11-28T13:00:00.000Z", ledgers: { missing: ["eu"] } },
      groups: [
        { period: "2026-11-28", key: "key_a", format: "webp", jobsDone: 1, megapixels: 2.5 },
        { key: null, format: "avif" },
      ],
      total: { jobsDone: 2, megapixels: 5 },
    },
  });
  expect(groupedUsage.mock.calls).toEqual([
    [
      caller.tenant,
      {
        ...{ from: Date.UTC(2026, 10, 28), to: Date.UTC(2026, 10, 29) },
        ...{ by: ["key", "format"], periodLength: "YYYY-MM-DD".length },
      },
    ],
  ]);
  expect(usage).not.toHaveBeenCalled();
  await caller.get(`/v1/usage?${query}&groupBy=format`);
  expect(groupedUsage.mock.calls[1]).toMatchObject([caller.tenant, { by: ["format"] }]);
});

test("groups are of 31 days at most, of keys and formats only, and not too many", async () => {
  const { caller } = await shop(null);
  for (const by of ["", "hour", "key,hour", "key,key"]) {
    expect(refusal(await caller.get(`/v1/usage?groupBy=${by}`))).toBe("400 invalid-option groupBy");
  }
  const long = "from=2026-10-01T00:00:00Z&to=2026-11-02T00:00:00Z";
  expect(refusal(await caller.get(`/v1/usage?${long}&groupBy=key`))).toBe(
    "400 invalid-option from",
  );
  expect((await caller.get(`/v1/usage?${long}`)).status).toBe(200);
  expect(refusal(await caller.get("/v1/usage?groupBy=key"))).toBe("400 invalid-option granularity");
});
