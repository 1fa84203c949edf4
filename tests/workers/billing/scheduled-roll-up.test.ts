import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Statement } from "../../../core/billing/statement.ts";
import { newsKey } from "../../../core/ledger/news.ts";
import { limits } from "../../../core/limits.ts";
import {
  planRollUp,
  readNews,
  rollUpPart,
  type RollUpPart,
} from "../../../workers/billing/scheduled-roll-up.ts";
import { startParts } from "../../../workers/billing/start-parts.ts";
import { MemoryWorld } from "./memory-books.ts";
import { doneAt, hour, utc } from "../../core/billing/usage-samples.ts";

const start = utc("2026-11-20T10:59:30.000Z");
const atSix = utc("2026-11-20T11:06:00.000Z");
const tenants = ["tnt_a", "tnt_b", "tnt_c"];
const statementKey = (tenant: string) => `statements/${tenant}/2026-11.json`;
const ledgerOf = (tenant: string) => `${tenant}/local/0`;

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

const plan = async (world: MemoryWorld) =>
  planRollUp(world, await readNews(world.store, world.now()));

/** Does what is planned, all parts and what is left of them; the names of the steps in order. */
async function run(world: MemoryWorld, parts?: RollUpPart[]): Promise<string[]> {
  const steps: string[] = [];
  const waiting = parts ?? (await plan(world));
  for (let part = waiting.shift(); part; part = waiting.shift()) {
    const { rest } = await rollUpPart(world, part, (name, work) => {
      steps.push(name);
      return work();
    });
    if (rest) waiting.push(rest);
  }
  return steps;
}

/** Each of the tenants finished a job just before the hour ended; `flushed` have stored it since. */
async function worldWithNews(...flushed: string[]): Promise<MemoryWorld> {
  const world = new MemoryWorld(tenants, start);
  for (const tenant of tenants) world.ledgerOf(tenant).settle(doneAt(start, 1));
  for (const tenant of flushed) await world.ledgerOf(tenant).seal(start + 5 * 60_000);
  world.clock = atSix;
  return world;
}

describe("a scheduled roll-up", () => {
  test("asks the ledgers that have news, and those of the next tenants as a net", async () => {
    const world = await worldWithNews("tnt_b");
    const listed = vi.spyOn(world, "listTenantIds");
    listed.mockResolvedValue({ ids: [], cursor: null });
    const asked = vi.spyOn(world, "seal");
    await run(world);
    expect(asked.mock.calls).toEqual([[ledgerOf("tnt_b")]]);
    expect(world.bucket.json<Statement>(statementKey("tnt_b"))).toMatchObject({
      through: "2026-11-20T11:00:00.000Z",
      usage: { jobsDone: 1 },
    });
    listed.mockRestore();
    await run(world);
    expect(asked.mock.calls.flat().toSorted()).toEqual(tenants.map(ledgerOf));
  });

  test("finds usage whose news was lost, when the walk over all tenants comes by", async () => {
    const world = await worldWithNews(...tenants);
    for (const key of world.bucket.objects.keys()) {
      if (key.startsWith("news/")) world.bucket.objects.delete(key);
    }
    world.pageSize = 1;
    const pages = Math.ceil(tenants.length / limits.rollUpNetPages);
    for (let runs = 0; runs < pages; runs++) await run(world);
    for (const tenant of tenants) {
      expect(world.bucket.json<Statement>(statementKey(tenant)).usage.jobsDone).toBe(1);
    }
  });

  test("walks over so many pages a run, and goes on where it stopped", async () => {
    const world = new MemoryWorld(
      Array.from({ length: limits.rollUpNetPages + 2 }, (_, index) => `tnt_${index}`),
      start,
    );
    world.pageSize = 1;
    const planned = async () => (await plan(world)).flatMap((part) => part.tenants);
    expect(await planned()).toEqual(["tnt_0", "tnt_1", "tnt_2", "tnt_3"]);
    expect(await planned()).toEqual(["tnt_4", "tnt_5"]);
    expect(await planned()).toEqual(["tnt_0", "tnt_1", "tnt_2", "tnt_3"]);
  });

  test("begins with the oldest news, whoever's it is, and counts nobody twice", async () => {
    const world = await worldWithNews("tnt_b");
    world.bucket.objects.set(newsKey(atSix - 5 * hour, ledgerOf("tnt_c")), new Uint8Array(0));
    world.bucket.objects.set(newsKey(atSix, ledgerOf("tnt_c")), new Uint8Array(0));
    world.bucket.objects.set("news/nonsense", new Uint8Array(0));
    world.bucket.pageSize = 2;
    const [part, ...others] = await plan(world);
    expect(others).toEqual([]);
    expect(part?.tenants).toEqual(["tnt_c", "tnt_b", "tnt_a"]);
    expect(part?.news).toEqual([newsKey(atSix - 5 * hour, ledgerOf("tnt_c"))]);
  });

  test("is done in parts of so many tenants, each with its own news", async () => {
    const many = Array.from({ length: limits.rollUpTenantsMax + 1 }, (_, index) => `tnt_${index}`);
    const world = new MemoryWorld(many, start);
    for (const tenant of many) {
      world.bucket.objects.set(newsKey(start - hour, ledgerOf(tenant)), new Uint8Array(0));
    }
    const parts = await plan(world);
    expect(parts.map((part) => part.tenants.length)).toEqual([limits.rollUpTenantsMax, 1]);
    for (const { news, tenants: ids } of parts) {
      expect(news).toEqual(ids.map((id) => newsKey(start - hour, ledgerOf(id))));
    }
  });

  test("takes steps of so many tenants", async () => {
    const many = Array.from({ length: limits.rollUpTenantsPerStep + 1 }, (_, n) => `tnt_${n}`);
    expect(await run(new MemoryWorld(many, start))).toEqual([
      "turn 1, group 1",
      "turn 1, group 2",
      "rows, turn 1, group 1",
      "rows, turn 1, group 2",
    ]);
  });
});

test.each([
  ["first", (results: readonly unknown[]) => results[0]],
  ["last", (results: readonly unknown[]) => results.at(-1)],
])(
  "steps that are done three times, of which the %s result counts, end as if done once",
  async (_, pick) => {
    const contentOf = async (times: number) => {
      const world = await worldWithNews("tnt_b");
      for (const part of await plan(world)) {
        await rollUpPart(world, part, async (_name, work) => {
          const results = [];
          for (let time = 0; time < times; time++) results.push(await work());
          return pick(results) as Awaited<ReturnType<typeof work>>;
        });
      }
      return new Map(
        [...world.bucket.objects].map(([key, bytes]) => [
          key,
          Buffer.from(bytes).toString("base64"),
        ]),
      );
    };
    expect(await contentOf(3)).toEqual(await contentOf(1));
  },
);

test("tenants that are late are logged", async () => {
  const warnings = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const world = await worldWithNews("tnt_a", "tnt_b");
  await run(world);
  expect(warnings).not.toHaveBeenCalled();
  world.clock += hour;
  for (const tenant of ["tnt_a", "tnt_c"]) world.ledgerOf(tenant).reachable = false;
  await run(world);
  expect(warnings).toHaveBeenCalledExactlyOnceWith({
    event: "statements-late",
    through: "2026-11-20T12:00:00.000Z",
    count: 2,
    tenants: ["tnt_a", "tnt_c"],
  });
});

describe("news", () => {
  const key = newsKey(utc("2026-11-20T11:00:00.000Z"), ledgerOf("tnt_a"));
  const end = utc("2026-11-20T12:00:00.000Z");

  test("is forgotten when its hour is over by every clock and its tenant is complete", async () => {
    const world = await worldWithNews("tnt_a");
    expect(world.bucket.objects.has(key)).toBe(true);
    world.clock = end + limits.newsGraceMillis - 1;
    await run(world);
    expect(world.bucket.objects.has(key)).toBe(true);
    world.clock += 1;
    expect(await run(world)).toContain("forget the news");
    expect(world.bucket.objects.has(key)).toBe(false);
  });

  test("is kept while its tenant is not complete, and forgotten by itself alone", async () => {
    const world = await worldWithNews("tnt_a", "tnt_b");
    world.clock = end + limits.newsGraceMillis;
    world.ledgerOf("tnt_a").reachable = false;
    await run(world);
    expect(world.bucket.objects.has(key)).toBe(true);
    expect(world.bucket.objects.has(newsKey(end - hour, ledgerOf("tnt_b")))).toBe(false);
  });

  test("of a tenant that stays late only the newest is kept, and brings it back", async () => {
    const world = await worldWithNews("tnt_a");
    world.clock = end + limits.newsGraceMillis;
    for (let hours = 2; hours <= 5; hours++) {
      world.bucket.objects.set(newsKey(end - hours * hour, ledgerOf("tnt_a")), new Uint8Array(0));
    }
    world.ledgerOf("tnt_a").reachable = false;
    await run(world);
    const left = () => [...world.bucket.objects.keys()].filter((each) => /^news.+tnt_a/.test(each));
    expect(left()).toEqual([key]);
    world.ledgerOf("tnt_a").reachable = true;
    await run(world, (await plan(world)).slice(0, 1));
    expect(world.bucket.json<Statement>(statementKey("tnt_a")).usage.jobsDone).toBe(1);
    expect(left()).toEqual([]);
  });

  test("is forgotten a bounded number at a time", async () => {
    const world = new MemoryWorld(["tnt_a"], end);
    for (let hours = 1; hours <= limits.newsPerTenantMax + 2; hours++) {
      world.bucket.objects.set(newsKey(end - hours * hour, ledgerOf("tnt_a")), new Uint8Array(0));
    }
    const [part] = await plan(world);
    expect(part?.news).toHaveLength(limits.newsPerTenantMax);
  });

  test("is read up to so many pages", async () => {
    const world = new MemoryWorld([], end);
    const pages = vi.spyOn(world.store, "newsPage");
    pages.mockResolvedValue({ keys: [key], cursor: "more" });
    await plan(world);
    expect(pages).toHaveBeenCalledTimes(limits.newsPagesMax);
  });

  test("is deleted in calls of so many keys", async () => {
    const world = new MemoryWorld([], end);
    const deleted = vi.spyOn(world.bucket, "delete");
    await world.store.forgetNews(Array.from({ length: limits.deleteKeysMax + 1 }, String));
    expect(deleted.mock.calls.map(([keys]) => keys.length)).toEqual([limits.deleteKeysMax, 1]);
    deleted.mockClear();
    await world.store.forgetNews(Array.from({ length: limits.deleteKeysMax }, String));
    expect(deleted).toHaveBeenCalledOnce();
  });
});

describe("starting the parts", () => {
  const part: RollUpPart = { v: 1, through: 0, tenants: ["tnt_a", "tnt_b"], news: [] };

  test("names each instance after its run, in calls of as many as the platform takes", async () => {
    const batches: string[][] = [];
    const workflow = {
      createBatch: async (instances: { id: string }[]) =>
        batches.push(instances.map(({ id }) => id)) as unknown as [],
    };
    const parts = Array.from({ length: limits.workflowBatchMax + 1 }, () => part);
    await startParts(workflow, "2026-11-20T11:06:00.000Z", parts);
    expect(batches.map((batch) => batch.length)).toEqual([limits.workflowBatchMax, 1]);
    expect(batches[0]?.[0]).toBe("2026-11-20T11-06-00-000Z-1");
    expect(batches[1]).toEqual([`2026-11-20T11-06-00-000Z-${limits.workflowBatchMax + 1}`]);
  });

  test("keeps each call below what the platform takes, however much news an outage has left", async () => {
    const bytes: number[] = [];
    const createBatch = async (instances: object[]) =>
      bytes.push(JSON.stringify(instances).length) as unknown as [];
    const news = Array.from({ length: limits.rollUpTenantsMax * limits.newsPerTenantMax }, (_, n) =>
      newsKey(start - n * hour, `tnt_${String(n).padStart(26, "0")}/western/0`),
    );
    const parts = Array.from({ length: 50 }, () => ({ ...part, news }));
    expect(JSON.stringify(parts[0]).length).toBeLessThan(2 ** 20);
    await startParts({ createBatch }, "run", parts);
    expect(Math.max(...bytes)).toBeLessThan(limits.workflowBatchBytesMax + 1000);
    expect(bytes.length).toBeLessThan(10);
  });

  test("reports those that could not be started, and goes on with the others", async () => {
    let calls = 0;
    const createBatch = async () => {
      calls += 1;
      if (calls === 1) throw new Error("too many");
      return [];
    };
    const parts = Array.from({ length: limits.workflowBatchMax + 1 }, () => part);
    await startParts({ createBatch }, "run", parts);
    expect(calls).toBe(2);
    expect(errors).toHaveBeenCalledExactlyOnceWith({
      event: "parts-not-started",
      run: "run",
      tenants: 2 * limits.workflowBatchMax,
      cause: "Error: too many",
    });
  });
});
