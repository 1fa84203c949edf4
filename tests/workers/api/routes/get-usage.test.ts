import { expect, test } from "vitest";
import { oneShard } from "../../../../core/fleet/shard-map.ts";
import { KnownShards } from "../../../../workers/api/admission/known-shards.ts";
import { RegionHealths } from "../../../../workers/api/admission/region-healths.ts";
import type { Call } from "../../../../workers/api/route.ts";
import type { Identity } from "../../../../core/identity/standing.ts";
import { getUsage } from "../../../../workers/api/routes/get-usage.ts";
import { oneRegion } from "../../../one-region.ts";

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
