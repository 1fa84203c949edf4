import { beforeEach, expect, test, vi } from "vitest";
import {
  addSegment,
  emptyDay,
  groupUsage,
  type DayUsage,
  type Grouping,
} from "../../../../core/billing/grouped-usage.ts";
import type { Segment } from "../../../../core/books/verify/read-segment.ts";
import { addTotals, emptyTotals } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { rollUpNext, rollUpOne } from "../../../../workers/billing/roll-up.ts";
import { groupedUsage } from "../../../../workers/billing/rows/grouped-days.ts";
import { doneAt, hour, utc } from "../../../core/billing/usage-samples.ts";
import { MemoryWorld } from "../memory-books.ts";

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

const tenant = "tnt_a";
const start = utc("2026-11-29T22:50:00.000Z");
const from = utc("2026-11-29T00:00:00.000Z");
const to = utc("2026-12-02T00:00:00.000Z");
const asked = (by: readonly Grouping[], periodLength = 7) => ({ from, to, by, periodLength });

const settle = (world: MemoryWorld, key: string, format = "webp") => {
  const own = world.ledgerOf(tenant);
  const event = doneAt(world.clock, own.events.length + 1);
  const files = event.work?.files.map((file) => ({ ...file, format })) ?? [];
  own.settle({ ...event, work: { sourcePixels: 1, renderMillis: 1, key, files } });
};

/** Four hours of work over midnight, with two keys, a roll-up each hour. */
async function worldAtWork(): Promise<MemoryWorld> {
  const world = new MemoryWorld([tenant], start);
  for (let hours = 0; hours < 4; hours++) {
    settle(world, "key_1");
    settle(world, "key_2", "avif");
    settle(world, "key_1", "json");
    world.clock += hour;
    await rollUpNext(world, { preview: false });
  }
  return world;
}

test("usage by key adds up to the statement, and says up to when it is complete", async () => {
  const world = await worldAtWork();
  const { groups, ...about } = await groupedUsage(world, tenant, asked(["key"]));
  expect(about).toEqual({
    asOf: utc("2026-11-30T02:00:00.000Z"),
    ledgers: { included: 1, known: 1, missing: [] },
  });
  expect(groups).toMatchObject([
    { period: "2026-11", key: "key_1", totals: { jobsDone: 8, outputs: 16, computeUnits: 936 } },
    { period: "2026-11", key: "key_2", totals: { jobsDone: 4, outputs: 8, computeUnits: 468 } },
  ]);
  const statement = await world.store.statement(tenant, "2026-11");
  const sum = groups?.map(({ totals }) => totals).reduce(addTotals, emptyTotals);
  expect(sum).toEqual(statement?.usage);
});

test("usage by format is that of the files, where a description is no rendition", async () => {
  const world = await worldAtWork();
  const { groups } = await groupedUsage(world, tenant, asked(["key", "format"], 10));
  const files = { bytesOut: 120_000, pixels: 960_000 };
  expect(groups).toMatchObject([
    { period: "2026-11-29", key: "key_1", format: "json", totals: { outputs: 0, ...files } },
    { period: "2026-11-29", key: "key_1", format: "webp", totals: { outputs: 4, ...files } },
    { period: "2026-11-29", key: "key_2", format: "avif", totals: { outputs: 4, ...files } },
    { period: "2026-11-30", key: "key_1", format: "json", totals: { outputs: 0, ...files } },
    { period: "2026-11-30", key: "key_1", format: "webp", totals: { outputs: 4, ...files } },
    { period: "2026-11-30", key: "key_2", format: "avif", totals: { outputs: 4, ...files } },
  ]);
});

test("only the hours that are asked for are in it", async () => {
  const world = await worldAtWork();
  const since = utc("2026-11-30T00:00:00.000Z");
  const one = { from: since, to: since + hour, by: ["key"], periodLength: 24 } as const;
  const { groups } = await groupedUsage(world, tenant, one);
  expect(groups?.map(({ period, totals }) => [period, totals.jobsDone])).toEqual([
    ["2026-11-30T00:00:00.000Z", 2],
    ["2026-11-30T00:00:00.000Z", 1],
  ]);
});

test("the days that are asked for are read, each once, and no other", async () => {
  const world = await worldAtWork();
  const read = vi.spyOn(world.store, "dayUsage");
  const midnight = utc("2026-11-30T00:00:00.000Z");
  const daysRead = async (until: number) => {
    read.mockClear();
    const hours = { from: start, to: until, by: ["key"], periodLength: 10 } as const;
    const { groups } = await groupedUsage(world, tenant, hours);
    const days = [...new Set(groups?.map(({ period }) => period))];
    expect(read.mock.calls).toEqual(days.map((day) => [tenant, day]));
    return days;
  };
  expect(await daysRead(midnight)).toEqual(["2026-11-29"]);
  expect(await daysRead(midnight + hour)).toEqual(["2026-11-29", "2026-11-30"]);
});

test("usage is as of the ledger that is read furthest, and a region where others are behind is named once", async () => {
  const world = await worldAtWork();
  const { value, version } = await world.store.checkpoint(`${tenant}/local/0`);
  if (value === null) throw new Error("The books have read nothing.");
  const [late, unread] = [`${tenant}/local/1`, `${tenant}/local/2`];
  await world.store.saveCheckpoint({ ...value, shards: 3 }, version);
  const behind = { ...value, ledger: late, readThrough: value.readThrough - hour };
  await world.store.saveCheckpoint(behind, null);
  expect((await world.store.checkpoint(unread)).value).toBeNull();
  const { asOf, ledgers } = await groupedUsage(world, tenant, asked(["key"]));
  expect(asOf).toBe(value.readThrough);
  expect(ledgers).toEqual({ included: 1, known: 3, missing: ["local"] });
});

test("a run that is cut off between two days, repeated or read again counts nothing twice", async () => {
  const world = await worldAtWork();
  const before = await groupedUsage(world, tenant, asked(["key"], 24));
  settle(world, "key_1");
  const put = world.store.saveCheckpoint.bind(world.store);
  const spy = vi.spyOn(world.store, "saveCheckpoint").mockImplementation((checkpoint, version) => {
    if (checkpoint.groupsNext === checkpoint.nextSegment) throw new Error("the isolate ends");
    return put(checkpoint, version);
  });
  world.clock += hour;
  await rollUpNext(world, { preview: false });
  const late = await groupedUsage(world, tenant, asked(["key"], 24));
  expect(late.ledgers).toEqual({ included: 0, known: 1, missing: ["local"] });
  spy.mockRestore();
  await rollUpNext(world, { preview: true });
  const { groups, ledgers } = await groupedUsage(world, tenant, asked(["key"], 24));
  expect(ledgers.included).toBe(1);
  expect(groups).toHaveLength((before.groups?.length ?? 0) + 1);

  const replaced = vi.spyOn(world.store, "replaceDayUsage");
  await rollUpOne(world, tenant, { preview: false, again: true });
  expect(replaced).not.toHaveBeenCalled();
  expect((await groupedUsage(world, tenant, asked(["key"], 24))).groups).toEqual(groups);
});

test("of two runs at once both may fail, and the next one adds what is missing", async () => {
  const world = await worldAtWork();
  settle(world, "key_9");
  world.clock += hour;
  await Promise.all([1, 2, 3].map(() => rollUpNext(world, { preview: false })));
  await rollUpNext(world, { preview: true });
  const { groups } = await groupedUsage(world, tenant, asked(["key"]));
  expect(groups?.map(({ key, totals }) => [key, totals.jobsDone])).toEqual([
    ["key_1", 8],
    ["key_2", 4],
    ["key_9", 1],
  ]);
});

test("rolled up again from the first segment, everything comes out the same", async () => {
  const world = await worldAtWork();
  world.clock = utc("2026-12-01T01:10:00.000Z");
  await rollUpNext(world, { preview: false });
  const stored = () =>
    new Map(
      [...world.bucket.objects]
        .filter(([key]) => /^(statements|final-statements|rows|usage)\//.test(key))
        .map(([key, bytes]) => [key, Buffer.from(bytes).toString("base64")]),
    );
  const before = stored();
  expect([...before.keys()].filter((key) => key.startsWith("final-statements/"))).toHaveLength(1);
  const summary = await rollUpOne(world, tenant, { preview: false, again: true });
  expect(summary).toMatchObject({ tenants: 1, segments: 4, changed: 0, more: false });
  expect(stored()).toEqual(before);
});

/** A segment in which each row has another key. */
const manyKeys = (number: number, keys: readonly string[]): Segment => ({
  ...{ hash: "", ledger: `${tenant}/local/0`, number, previous: "", incarnation: 1, prices: null },
  ...{ firstSeq: 1, lastSeq: keys.length },
  rows: keys.map((key, index) => {
    const { work, ...event } = doneAt(start, index + 1);
    return { ...event, work: { sourcePixels: 1, renderMillis: 1, files: work?.files ?? [], key } };
  }),
});

test("a day tells so many keys apart, and an answer has so many groups", () => {
  const keys = Array.from({ length: limits.usageKeysMax + 50 }, (_, index) => `key_${index}`);
  const day: DayUsage = addSegment(emptyDay, "2026-11-29", manyKeys(1, keys));
  const groups = groupUsage([day], { from, to }, ["key"], 7) ?? [];
  expect(groups).toHaveLength(limits.usageKeysMax + 1);
  expect(groups.find(({ key }) => key === "others")?.totals.jobsDone).toBe(50);

  const hours = Array.from({ length: 60 }, (_, index) => ({
    ...day,
    cells: day.cells.map((cell) => ({ ...cell, hour: cell.hour + index * hour })),
  }));
  expect(groupUsage(hours, { from, to }, ["key"], 24)).toBeNull();
  expect(groupUsage(hours, { from, to }, ["key"], 7)).not.toBeNull();
});
