import { describe, expect, test } from "vitest";
import {
  configurationFaults,
  expectConfigured,
  needs,
  type WorkerName,
} from "../../../core/fleet/configuration.ts";
import type { Fleet, Region } from "../../../core/fleet/topology.ts";
import { withNewKey } from "../../../scripts/books/witness-keys.ts";
import { wranglerFiles } from "../../../scripts/fleet/wrangler-files.ts";
import { topology } from "../../../topology.ts";
import { threeRegions } from "../../three-regions.ts";

const FLEET: Fleet = threeRegions;
const keys = JSON.stringify(withNewKey({ keys: [] }, 0));
const token = "6b1f0c9e74d2a8537be419f0d3c6a2815e9074bd";
const secrets: Record<WorkerName, object> = {
  api: { ADMIN_TOKEN: token, RECEIPT_KEYS: keys },
  consumer: {},
  billing: { WITNESS_KEYS: keys },
  objects: {},
};

/** What a Worker needs, all of it. */
function whole(worker: WorkerName): Record<string, unknown> {
  const { bindings, ofRegion } = needs[worker];
  const names = [...bindings, ...FLEET.regions.flatMap(ofRegion)];
  return { FLEET, ...Object.fromEntries(names.map((name) => [name, {}])), ...secrets[worker] };
}

const workers = ["api", "consumer", "billing", "objects"] as const;

test.each(workers)("a %s Worker with all that it needs can work", (worker) => {
  expect(configurationFaults(whole(worker), worker)).toEqual([]);
  expect(() => expectConfigured(whole(worker), worker)).not.toThrow();
});

test("an API Worker can work behind Access", () => {
  const access = { ACCESS_TEAM: "my-shop1.cloudflareaccess.com", ACCESS_AUDIENCE: "f00d" };
  expect(configurationFaults({ ...whole("api"), ...access }, "api")).toEqual([]);
});

test("an API Worker can work without keys for receipts", () => {
  expect(configurationFaults({ ...whole("api"), RECEIPT_KEYS: undefined }, "api")).toEqual([]);
});

test("an environment is looked at once", () => {
  const env = { ...whole("api"), ADMIN_TOKEN: "" };
  const faults = configurationFaults(env, "api");
  expect(faults).toHaveLength(1);
  expect(configurationFaults(env, "api")).toBe(faults);
});

test("without a fleet nothing else is said to be wrong", () => {
  expect(configurationFaults({ ...whole("consumer"), FLEET: undefined }, "consumer")).toEqual([
    "FLEET names no region; run: npm run topology.",
  ]);
});

test.each([
  ["api", "wrangler.toml"],
  ["consumer", "workers/consumer/wrangler.toml"],
  ["billing", "workers/billing/wrangler.toml"],
  ["objects", "durable-objects/wrangler.toml"],
] as const)(
  "the configuration that is written for the %s Worker binds all of it",
  (worker, path) => {
    const text = wranglerFiles(threeRegions).get(path);
    const { bindings, ofRegion } = needs[worker];
    for (const name of [...bindings, ...threeRegions.regions.flatMap(ofRegion)]) {
      expect(text).toMatch(new RegExp(`^(binding|name) = "${name}"$`, "m"));
    }
  },
);

const [na, eu, ap] = [...FLEET.regions] as unknown as [Region, Region, Region];
const fleet = (change: object) => ({ FLEET: { ...FLEET, ...change } });
const regions = (...some: object[]) => fleet({ regions: some });
const [oneKey] = (JSON.parse(keys) as { keys: [Record<string, string>] }).keys;
const keySet = (change: object) => JSON.stringify({ keys: [{ ...oneKey, ...change }] });

const broken: readonly [worker: WorkerName, change: Record<string, unknown>, reason: string][] = [
  ["api", { ADMIN_TOKEN: undefined }, "ADMIN_TOKEN is not set."],
  ["api", { ADMIN_TOKEN: "" }, "ADMIN_TOKEN is not set."],
  ["api", { ADMIN_TOKEN: "hunter2" }, "ADMIN_TOKEN is too short (7 characters)."],
  ["api", { ADMIN_TOKEN: token.slice(0, 31) }, "ADMIN_TOKEN is too short (31 characters)."],
  ["api", { ADMIN_TOKEN: `change-me-${token}` }, "ADMIN_TOKEN looks like a placeholder."],
  ["api", { ADMIN_TOKEN: `your-token-${token}` }, "ADMIN_TOKEN looks like a placeholder."],
  ["api", { ADMIN_TOKEN: "x".repeat(40) }, "ADMIN_TOKEN repeats itself."],
  ["api", { ADMIN_TOKEN: token.slice(0, 20).repeat(2) }, "ADMIN_TOKEN repeats itself."],
  ["api", { RECEIPT_KEYS: "" }, "RECEIPT_KEYS must be a set of Ed25519 JWKs"],
  ["api", { RECEIPT_KEYS: "change-me" }, "RECEIPT_KEYS must be a set of Ed25519 JWKs"],
  ["api", { RECEIPT_KEYS: `{"keys":[]}` }, "RECEIPT_KEYS must be a set of Ed25519 JWKs"],
  ["api", { ACCESS_TEAM: "shop.cloudflareaccess.com" }, "ACCESS_AUDIENCE is not."],
  ["api", { ACCESS_AUDIENCE: "f00d" }, "ACCESS_TEAM is not."],
  [
    "api",
    { ACCESS_TEAM: "https://shop.cloudflareaccess.com", ACCESS_AUDIENCE: "f00d" },
    "ACCESS_TEAM must be <team>.cloudflareaccess.com.",
  ],
  [
    "api",
    { ACCESS_TEAM: "evil.example", ACCESS_AUDIENCE: "f00d" },
    "ACCESS_TEAM must be <team>.cloudflareaccess.com.",
  ],
  [
    "api",
    { ACCESS_TEAM: "shop.cloudflareaccess.com", ACCESS_AUDIENCE: "" },
    "ACCESS_AUDIENCE is empty.",
  ],
  [
    "api",
    { ACCESS_TEAM: "shop.cloudflareaccess.com.evil.example", ACCESS_AUDIENCE: "f00d" },
    "ACCESS_TEAM must be <team>.cloudflareaccess.com.",
  ],
  ["api", { IDENTITY: undefined }, "IDENTITY is not bound"],
  ["api", { EXPRESS: undefined }, "EXPRESS is not bound"],
  ["api", { PICTURES_EU: undefined }, "PICTURES_EU is not bound"],
  ["api", { FLEET: undefined }, "FLEET names no region"],
  ["api", { FLEET: "production" }, "FLEET names no region"],
  ["api", regions(), "FLEET names no region"],
  ["api", regions(na, eu), "FLEET: no region serves AS."],
  ["api", regions(na, eu, ap, { ...ap, continents: [] }), `FLEET: region "ap" is there twice.`],
  [
    "api",
    regions(na, eu, { ...ap, continents: ["AS", "OC", "AN", "EU"] }),
    `FLEET: EU is served by "eu" and "ap".`,
  ],
  ["api", regions(na, eu, { ...ap, name: "Asia/1" }), `FLEET: region "Asia/1" must be named`],
  ["objects", regions(na, eu, { ...ap, queues: 0 }), `FLEET: region "ap" must have 1 to`],
  ["objects", fleet({ queuesPerTenant: 0 }), "FLEET: queuesPerTenant must be a whole number"],
  ["objects", regions(na, eu, { ...ap, queues: 9 }), "JOBS_AP_8 is not bound"],
  ["objects", { BOOKS: undefined }, "BOOKS is not bound"],
  ["objects", { SOLO_NA: undefined }, "SOLO_NA is not bound"],
  ["consumer", { LEDGER: undefined }, "LEDGER is not bound"],
  ["consumer", { PICTURES_NA: undefined }, "PICTURES_NA is not bound"],
  ["billing", { WITNESS_KEYS: undefined }, "WITNESS_KEYS must be a set of Ed25519 JWKs"],
  ["billing", { WITNESS_KEYS: "placeholder" }, "WITNESS_KEYS must be a set of Ed25519 JWKs"],
  ["billing", { WITNESS_KEYS: keySet({ d: undefined }) }, "WITNESS_KEYS must be a set"],
  ["billing", { WITNESS_KEYS: keySet({ kty: "RSA" }) }, "WITNESS_KEYS must be a set"],
  ["billing", { ROLL_UP: undefined }, "ROLL_UP is not bound"],
  ["billing", { AUDIT: undefined }, "AUDIT is not bound"],
];

describe("a Worker refuses to work, and says why,", () => {
  test.each(broken)("%s with %j: %s", (worker, change, reason) => {
    const env = { ...whole(worker), ...change };
    const faults = configurationFaults(env, worker);
    expect(faults.join(" ")).toContain(reason);
    expect(() => expectConfigured(env, worker)).toThrow(reason);
  });

  const secrets = broken.flatMap(([worker, change]) =>
    ["ADMIN_TOKEN", "RECEIPT_KEYS", "WITNESS_KEYS"]
      .map((name) => change[name])
      .filter((value) => typeof value === "string")
      .filter((value) => value.length > 11)
      .map((value) => ({ worker, change, value })),
  );
  test.each(secrets)("$worker with $change, without the secret", ({ worker, change, value }) => {
    const faults = configurationFaults({ ...whole(worker), ...change }, worker);
    expect(faults.join(" ")).not.toContain(value);
  });
});

test("all that is wrong is said at once", () => {
  const faults = configurationFaults({ FLEET: topology }, "consumer");
  expect(faults).toEqual(
    ["LEDGER", "PICTURES_LOCAL", "SOLO_LOCAL"].map(
      (name) => `${name} is not bound; run: npm run topology.`,
    ),
  );
});

test("what only the Worker knows is said with the rest", () => {
  expect(configurationFaults(whole("api"), "api", ["One is wrong."])).toEqual(["One is wrong."]);
});
