import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Statement } from "../../../core/billing/statement.ts";
import { MINUTE } from "../../../core/magnitudes.ts";
import { firstPrevious, type Watermark } from "../../../core/ledger/segment.ts";
import type { RollUpPorts } from "../../../workers/billing/ports.ts";
import { rollUpOne } from "../../../workers/billing/roll-up.ts";
import { ledgersNow } from "../../../workers/billing/tenant-ledgers.ts";
import { doneAt, hour, utc } from "../../core/billing/usage-samples.ts";
import { oneRegion } from "../../one-region.ts";
import { MemoryLedger, MemoryWorld } from "./memory-books.ts";

const tenant = "tnt_a";
const start = utc("2026-11-20T10:15:00.000Z");
const november = `statements/${tenant}/2026-11.json`;
const preview = { preview: true, again: false };

beforeEach(() => void vi.spyOn(console, "error").mockReturnValue());

/** One tenant with a job in the region near, and a ledger in another one whose clock may be behind. */
function twoRegions() {
  const world = new MemoryWorld([tenant], start + hour);
  world.ledgerOf(tenant).settle(doneAt(start, 1));
  const far = new MemoryLedger(`${tenant}/far/0`, world.bucket);
  const behind = { millis: 0 };
  const ports: RollUpPorts = {
    ...{ store: world.store, witnessStore: world.witnessStore, witness: world.witness },
    fleet: { regions: [...oneRegion().regions, ...oneRegion("far").regions] },
    now: () => world.clock,
    listTenantIds: (page) => world.listTenantIds(page),
    putRows: world.putRows,
    seal: (name) => (name === far.name ? far.seal(world.clock - behind.millis) : world.seal(name)),
  };
  const statement = () => world.bucket.json<Statement>(november);
  return { world, far, behind, ports, statement };
}

describe("a tenant with ledgers in two regions", () => {
  test("has a preview as of the ledger that is known least far", async () => {
    const { behind, ports, statement } = twoRegions();
    behind.millis = 10 * MINUTE;
    await rollUpOne(ports, tenant, preview);
    expect(statement()).toMatchObject({
      ledgers: { included: 2, known: 2 },
      preview: { asOf: "2026-11-20T11:05:00.000Z", usage: { jobsDone: 1 } },
    });
  });

  test("is told which ledger was never read, and which was read until when", async () => {
    const { world, far, ports, statement } = twoRegions();
    far.reachable = false;
    await rollUpOne(ports, tenant, preview);
    const unread = { ledger: far.name, through: null, reason: "unreachable" };
    expect(statement().late).toEqual([unread]);
    world.ledgerOf(tenant).reachable = false;
    world.clock += hour;
    await rollUpOne(ports, tenant, preview);
    const read = { ...unread, ledger: `${tenant}/local/0`, through: "2026-11-20T11:00:00.000Z" };
    expect(statement().late).toEqual([read, unread]);
    // None of them can tell of the open hour.
    expect(statement()).not.toHaveProperty("preview");
  });
});

test("a tenant that is rolled up again is read from the first segment of each of its ledgers", async () => {
  const { far, ports } = twoRegions();
  far.settle(doneAt(start, 1));
  const billed = { preview: false, again: false };
  expect(await rollUpOne(ports, tenant, billed)).toMatchObject({ segments: 2 });
  expect(await rollUpOne(ports, tenant, billed)).toMatchObject({ segments: 0 });
  expect(await rollUpOne(ports, tenant, { ...billed, again: true })).toMatchObject({ segments: 2 });
});

test("a ledger that did not answer is asked again in the same hour, and the other one's books tell so", async () => {
  const { far, ports, statement } = twoRegions();
  const billed = { preview: false, again: false };
  far.reachable = false;
  expect(await rollUpOne(ports, tenant, billed)).toMatchObject({
    ledgers: { included: 1, known: 2 },
  });
  far.reachable = true;
  await rollUpOne(ports, tenant, billed);
  expect(statement().ledgers).toEqual({ included: 2, known: 2 });
});

test("a ledger's usage is charged once, also when its checkpoint is lost and then it does not answer", async () => {
  const { world, far, ports } = twoRegions();
  const billed = { preview: false, again: false };
  const inNovember = doneAt(start, 1);
  far.settle(inNovember);
  world.clock = utc("2026-12-02T00:00:00.000Z");
  await rollUpOne(ports, tenant, billed);
  // December's final statement charges late usage of November, and the run ends before it remembers that.
  far.settle(inNovember);
  world.clock = utc("2027-01-02T00:00:00.000Z");
  const saved = vi.spyOn(world.store, "saveCheckpoint").mockRejectedValue(new Error("crashed"));
  await rollUpOne(ports, tenant, billed);
  saved.mockRestore();

  await world.store.forgetCheckpoint(far.name);
  far.reachable = false;
  await rollUpOne(ports, tenant, billed);
  far.reachable = true;
  far.settle(inNovember);
  world.clock = utc("2027-02-02T00:00:00.000Z");
  await rollUpOne(ports, tenant, billed);
  const finals = ["2026-11", "2026-12", "2027-01"].map((month) =>
    world.bucket.json<Statement>(`final-statements/${tenant}/${month}.json`),
  );
  const charged = finals.map(({ usage, adjustments = [] }) => [
    usage.jobsDone,
    ...adjustments.map((late) => late.usage.jobsDone),
  ]);
  expect(charged).toEqual([[2], [0, 1], [0, 1]]);
});

test("shards that any region's first one tells of are read in all regions, each once", async () => {
  const { ports } = twoRegions();
  const none = { segments: 0, hash: firstPrevious, sealedThrough: start + hour };
  const asked: string[] = [];
  const seal = async (name: string): Promise<Watermark> => {
    asked.push(name.slice(tenant.length));
    return name.endsWith("far/0") ? { ...none, shards: 3 } : { ...none, shards: 2 };
  };
  await rollUpOne({ ...ports, seal }, tenant, preview);
  expect(asked).toEqual(["/local/0", "/far/0", "/local/1", "/far/1", "/local/2", "/far/2"]);
});

describe("a statement that is there", () => {
  test("is not written once more when it would be the same", async () => {
    const { world, ports } = twoRegions();
    expect(await rollUpOne(ports, tenant, preview)).toMatchObject({ statements: 1, changed: 1 });
    const written = vi.spyOn(world.store, "replaceOpenStatement");
    expect(await rollUpOne(ports, tenant, preview)).toMatchObject({ statements: 1, changed: 0 });
    expect(written).not.toHaveBeenCalled();
  });

  test("is not replaced by a run that knows less, and that run changes nothing", async () => {
    const { world, far, ports, statement } = twoRegions();
    await rollUpOne(ports, tenant, preview);
    const before = statement();
    far.reachable = false;
    expect(await rollUpOne(ports, tenant, preview)).toMatchObject({ statements: 1, changed: 0 });
    expect(world.bucket.json(november)).toEqual(before);
  });
});

describe("the ledgers that have taken work", () => {
  const watermark = { segments: 0, hash: "", sealedThrough: start };
  /** As many shards as each region's first ledger tells of. */
  const namesWhere = async (told: Record<string, number>, inBooks?: number) => {
    const { ports } = twoRegions();
    const seal = async (name: string): Promise<Watermark> => {
      const [, region = ""] = name.split("/");
      const shards = told[region];
      if (shards === undefined) throw new Error("away");
      return { ...watermark, shards };
    };
    if (inBooks !== undefined) {
      const checkpoint = vi.spyOn(ports.store, "checkpoint");
      checkpoint.mockResolvedValue({ value: { shards: inBooks } as never, version: "1" });
    }
    return ledgersNow({ ...ports, seal }, tenant);
  };
  const shards = (count: number) =>
    ["local", "far"].flatMap((region) =>
      Array.from({ length: count }, (_, shard) => `${tenant}/${region}/${shard}`),
    );

  test("are those of the most shards that any region or the books know", async () => {
    expect(await namesWhere({ local: 1, far: 3 })).toEqual(shards(3));
    expect(await namesWhere({ local: 4 })).toEqual(shards(4));
    expect(await namesWhere({})).toEqual(shards(1));
    expect(await namesWhere({ local: 1, far: 2 }, 3)).toEqual(shards(3));
    expect(await namesWhere({ local: 1, far: 4 }, 3)).toEqual(shards(4));
  });
});
