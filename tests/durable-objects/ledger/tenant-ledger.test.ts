import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tenantQueues } from "../../../core/fleet/shuffle-shard.ts";
import type { Fleet } from "../../../core/fleet/topology.ts";
import { limitsOf } from "../../../core/identity/tenant-limits.ts";
import { TenantLedger, type LedgerEnv } from "../../../durable-objects/ledger/tenant-ledger.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";
import { HeldQueue } from "./held-queue.ts";
import { done, LedgerWorld } from "./ledger-world.ts";
import { MemoryBucket } from "./memory-bucket.ts";

/** The platform's base class, of which the object uses nothing. */
vi.mock("cloudflare:workers", () => ({ DurableObject: Object }));

/** A tenant has two queues, where its region has so many. */
const FLEET: Fleet = {
  production: false,
  queuesPerTenant: 2,
  regions: [
    { name: "local", continents: ["EU", "AF", "AN"], queues: 3 },
    { name: "far", continents: ["AS", "NA", "OC", "SA"], queues: 1 },
  ],
};

/** The objects of one account; a ledger is made when it is first reached. */
function account() {
  const ledgers = new Map<string, { ledger: TenantLedger; storage: SqliteStorage }>();
  const queue = () => new HeldQueue();
  const queues = {
    ...{ JOBS_LOCAL_0: queue(), JOBS_LOCAL_1: queue(), JOBS_LOCAL_2: queue() },
    ...{ JOBS_FAR_0: queue(), JOBS_FAR_1: queue(), JOBS_FAR_2: queue() },
    ...{ SOLO_LOCAL: queue(), SOLO_FAR: queue() },
  };
  const reached: string[] = [];
  const bindings = {
    ...{ FLEET, ...queues, PICTURES_LOCAL: new MemoryBucket(), PICTURES_FAR: new MemoryBucket() },
    BOOKS: new MemoryBucket(),
    DIRECTORY: {
      getByName: (name: string) => ({
        tenantRecord: async (id: string) => void reached.push(`${name}: ${id}`),
      }),
    },
    FIGURES: { getByName: () => ({ report: async () => undefined }) },
    IDENTITY: {},
    POINTS: { writeDataPoint: () => undefined },
    LEDGER: { getByName: (name: string) => ledgerOf(name) },
  };
  const env = bindings as unknown as LedgerEnv;
  const ledgerOf = (name: string): TenantLedger => {
    const storage = new SqliteStorage();
    const kept = new Map<string, unknown>();
    const kv = {
      get: (key: string) => kept.get(key),
      put: (key: string, value: unknown) => void kept.set(key, value),
    };
    Object.assign(storage, { kv });
    const ctx = { id: { name }, storage, waitUntil: () => undefined, abort: () => undefined };
    const known = ledgers.get(name) ?? {
      ledger: new TenantLedger(ctx as unknown as DurableObjectState, env),
      storage,
    };
    ledgers.set(name, known);
    return known.ledger;
  };
  return { ledgerOf, ledgers, queues, reached, books: bindings.BOOKS };
}

beforeEach(() => {
  vi.spyOn(console, "info").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => void vi.restoreAllMocks());

let jobs = 0;
const request = (shard = 0) => ({
  ...new LedgerWorld(shard).request(),
  id: `job_local_${shard}_${String((jobs += 1)).padStart(26, "0")}`,
  limitsVersion: 1,
});

test.each([
  { region: "local", regionsQueues: 3 },
  { region: "far", regionsQueues: 1 },
])(
  "a ledger in $region sends its jobs to its tenant's own queues there, the best first",
  async (each) => {
    const { ledgerOf, queues } = account();
    const { region, regionsQueues } = each;
    const own = tenantQueues("tnt_x", regionsQueues, 2).map(
      (queue) => `JOBS_${region.toUpperCase()}_${queue}`,
    );
    for (let jobs = 0; jobs < 40; jobs++) {
      await ledgerOf(`tnt_x/${region}/0`).accept({ ...request(), id: `job_${region}_0_${jobs}` });
    }
    await expect
      .poll(() => Object.values(queues).reduce((sum, { sent }) => sum + sent.length, 0))
      .toBe(40);
    const used = Object.entries(queues).filter(([, { sent }]) => sent.length > 0);
    expect(new Set(used.map(([name]) => name))).toEqual(new Set(own));
  },
);

test("as long as one of a tenant's queues takes messages, nobody is told that none does", async () => {
  const { ledgerOf, queues } = account();
  const ledger = ledgerOf("tnt_x/local/0");
  const [first, second] = tenantQueues("tnt_x", 3, 2).map((queue) => `JOBS_LOCAL_${queue}`);
  const down = Object.entries(queues).find(([name]) => name === first)?.[1];
  const up = Object.entries(queues).find(([name]) => name === second)?.[1];
  if (down) down.down = true;
  const accepted = async (jobs: number) => {
    const answers = [];
    for (let job = 0; job < jobs; job++) answers.push(await ledger.accept(request()));
    return answers;
  };
  await accepted(20);
  // What is on its way has come.
  await new Promise((wake) => void setTimeout(wake, 0));
  const sent = up?.sent.length ?? 0;
  await accepted(20);
  await expect.poll(() => (up?.sent.length ?? 0) - sent).toBe(20);
  expect((await accepted(1))[0]).not.toHaveProperty("queuesOut");
});

test("another shard leases from its tenant's first one in the region, which asks nobody", async () => {
  const { ledgerOf, ledgers } = account();
  expect((await ledgerOf("tnt_x/local/0").accept(request())).verdict.ok).toBe(true);
  expect([...ledgers.keys()]).toEqual(["tnt_x/local/0"]);
  const { verdict } = await ledgerOf("tnt_x/far/2").accept({ ...request(2), id: "job_far_2_1" });
  expect(verdict.ok).toBe(true);
  expect([...ledgers.keys()]).toEqual(["tnt_x/local/0", "tnt_x/far/2", "tnt_x/far/0"]);
  expect(ledgerOf("tnt_x/far/0").account(request()).used).toMatchObject({ jobsThisMonth: 0 });
});

test("what is asked of a ledger on the platform is answered from what is stored there", async () => {
  const { ledgerOf, books } = account();
  const ledger = ledgerOf("tnt_x/local/0");
  const job = request();
  await ledger.accept(job);
  expect(await ledger.list(null, 10)).toMatchObject([{ id: job.id }]);
  ledger.claim([{ job: job.id, redelivered: false }], false);
  ledger.settle([{ job: job.id, outcome: done, attempt: 1 }]);
  ledger.countHits({ requests: 2, bytes: 7 });
  ledger.reserveOriginal({ ...job, hash: "a".repeat(64), bytes: 9 });
  const [from, to] = [0, Date.now() + 1];
  expect(ledger.usage(from, to)).toMatchObject({
    hours: [{ totals: { jobsDone: 1 } }],
    hits: { requests: 2, bytes: 7 },
  });
  expect(ledger.metrics(from, to)).toMatchObject({ totals: { jobsDone: 1 } });
  expect(await ledger.balance()).toMatchObject({ accepted: 1, ended: 1 });
  expect(ledger.account(job)).toMatchObject({
    used: { jobsThisMonth: 1 },
    stored: { images: 1, bytes: 9 },
  });
  expect(ledger.shardMap()).toEqual([{ shards: 1, since: 0 }]);
  expect(await ledger.seal()).toMatchObject({ segments: 1 });
  expect(books.keys().some((key) => key.startsWith("segments/"))).toBe(true);
});

test("a suspended tenant's ledger on the platform takes no work, and its alarm rings", async () => {
  const { ledgerOf, ledgers } = account();
  const ledger = ledgerOf("tnt_x/local/0");
  ledger.setTerms({ version: 2, limits: limitsOf("custom"), status: "suspended" });
  const { verdict } = await ledger.accept(request());
  expect(verdict).toMatchObject({ error: { code: "tenant-suspended" } });
  const storage = ledgers.get("tnt_x/local/0")?.storage;
  if (storage) storage.alarmAt = null;
  await ledger.alarm();
  expect(storage?.alarmAt).toBeGreaterThan(Date.now());
});
