import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { unstable_readConfig as readConfig, type Unstable_Config } from "wrangler";
import { parseQueueName } from "../../../core/fleet/bindings.ts";
import { resourceCommands } from "../../../scripts/fleet/resource-commands.ts";
import { wranglerFiles } from "../../../scripts/fleet/wrangler-files.ts";
import { topology } from "../../../topology.ts";
import { threeRegions } from "../../three-regions.ts";

interface Queues {
  readonly producers?: readonly { readonly queue: string }[];
  readonly consumers?: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
}

const folder = mkdtempSync(join(tmpdir(), "minilab-configurations-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A configuration as wrangler reads it. */
function read(path: string, fleet = threeRegions) {
  const config = join(folder, "wrangler.toml");
  writeFileSync(config, wranglerFiles(fleet).get(path) ?? "");
  return readConfig({ config }) as Omit<Unstable_Config, "queues"> & { queues: Queues };
}

test("the configurations in the repository say what topology.ts says", () => {
  for (const [path, text] of wranglerFiles(topology)) expect(readFileSync(path, "utf8")).toBe(text);
});

test("of three regions with eight queues, every queue that is written to is read, once", () => {
  const { queues: written } = read("durable-objects/wrangler.toml");
  const { queues } = read("workers/consumer/wrangler.toml");
  const consumed = (queues.consumers ?? []).map(({ queue }) => queue);
  expect(written.producers).toHaveLength(3 * (8 + 1));
  for (const { queue } of written.producers ?? []) expect(consumed).toContain(queue);
  expect(new Set(consumed).size).toBe(3 * (8 + 2));
  expect(consumed).toHaveLength(3 * (8 + 2));
});

test("each location counts what goes to ledgers that refuse work", () => {
  expect(read("wrangler.toml").ratelimits).toEqual([
    { name: "FLOODS", namespace_id: "1", simple: { limit: 5000, period: 10 } },
  ]);
});

test("of every Worker the same share of lines is kept, and no line of the platform's with a whole URL", () => {
  for (const path of wranglerFiles(threeRegions).keys()) {
    expect(read(path, { ...threeRegions, logShare: 0.01 }).observability).toEqual({
      enabled: true,
      logs: { enabled: true, invocation_logs: false, head_sampling_rate: 0.01 },
    });
  }
});

test("dead letters stay in their region", () => {
  const { queues } = read("workers/consumer/wrangler.toml");
  const alive = (queues.consumers ?? []).filter(({ dead_letter_queue: dead }) => dead);
  expect(alive).toHaveLength(3 * 9);
  for (const { queue = "", dead_letter_queue: dead = "" } of alive) {
    expect(parseQueueName(dead)).toEqual({ role: "dead", region: parseQueueName(queue).region });
  }
});

test("every Worker that touches pictures is bound to each region's bucket, with its jurisdiction", () => {
  for (const path of ["wrangler.toml", "workers/consumer/wrangler.toml"]) {
    expect(read(path).r2_buckets).toEqual([
      expect.objectContaining({ binding: "PICTURES_NA", bucket_name: "pictures-na" }),
      { binding: "PICTURES_EU", bucket_name: "pictures-eu", jurisdiction: "eu" },
      expect.objectContaining({ binding: "PICTURES_AP", bucket_name: "pictures-ap" }),
    ]);
  }
});

test("every Worker is told the fleet", () => {
  for (const path of wranglerFiles(threeRegions).keys()) {
    const { production, queuesPerTenant, regions } = threeRegions;
    const known = regions.map((region) => ({ ...region, pictures: undefined }));
    expect(read(path).vars["FLEET"]).toEqual({ production, queuesPerTenant, regions: known });
  }
});

test("where it is deployed, the tail Worker hears of the stateless Workers, and of itself never", () => {
  const hearers = (production: boolean) =>
    [...wranglerFiles(threeRegions).keys()].filter((path) => {
      const heard = read(path, { ...threeRegions, production }).tail_consumers ?? [];
      return heard.some(({ service }) => service.endsWith("-tail"));
    });
  expect(hearers(false)).toEqual([]);
  expect(hearers(true)).toEqual([
    "wrangler.toml",
    "workers/consumer/wrangler.toml",
    "workers/billing/wrangler.toml",
  ]);
});

test("HEIC is switched on in both Workers that must know", () => {
  const fleet = { ...threeRegions, optionalFormats: ["heic"] as const };
  expect(read("wrangler.toml", fleet).vars["OPTIONAL_FORMATS"]).toBe("heic");
  expect(Object.keys(read("workers/consumer/wrangler.toml", fleet).alias ?? {})).toEqual(["#heic"]);
  expect(read("workers/consumer/wrangler.toml").alias).toBeUndefined();
});

test("the commands make every queue and bucket that is bound, in its jurisdiction", () => {
  const commands = resourceCommands(threeRegions);
  const { queues, r2_buckets: buckets } = read("workers/consumer/wrangler.toml");
  for (const { queue } of queues.consumers ?? []) {
    expect(commands).toContain(`npx wrangler queues create ${queue}`);
  }
  for (const { bucket_name: name, jurisdiction } of buckets) {
    const where = jurisdiction ? ` --jurisdiction ${jurisdiction}` : "";
    expect(commands).toContain(`npx wrangler r2 bucket create ${name}${where}`);
  }
});
