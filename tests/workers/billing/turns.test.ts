import { expect, test, vi } from "vitest";
import type { Checkpoint } from "../../../core/billing/checkpoint.ts";
import type { Statement } from "../../../core/billing/statement.ts";
import { newsKey } from "../../../core/ledger/news.ts";
import { limits } from "../../../core/limits.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { rollUpPart } from "../../../workers/billing/scheduled-roll-up.ts";
import { MemoryWorld } from "./memory-books.ts";
import { doneAt, hour, utc } from "../../core/billing/usage-samples.ts";

// Small, so that a few segments are a long backlog.
vi.mock(import("../../../core/limits.ts"), async (original) => {
  const { limits: real } = await original();
  const small = { ...real, rollUpSegmentsMax: 60, rollUpSegmentsPerTurnMax: 10 };
  return { limits: small as unknown as typeof real };
});

const start = utc("2026-11-20T10:15:00.000Z");
const tenant = "tnt_a";
const november = `statements/${tenant}/2026-11.json`;
const billed = { preview: false };

test("bills a long backlog only when it has read all of it, in several turns", async () => {
  const world = await worldWithBacklogs({ [tenant]: limits.rollUpSegmentsPerTurnMax + 1 });
  const saved = vi.spyOn(world.store, "saveCheckpoint");
  const written = vi.spyOn(world.store, "replaceOpenStatement");
  expect(await rollUpNext(world, billed)).toMatchObject({
    tenants: 1,
    more: false,
    segments: limits.rollUpSegmentsPerTurnMax + 1,
    ledgers: { included: 1, known: 1 },
    statements: 1,
    changed: 1,
  });
  // Two turns of statements, two of rows.
  expect(saved).toHaveBeenCalledTimes(4);
  expect(written).toHaveBeenCalledOnce();
  expect(world.bucket.json<Statement>(november).usage.jobsDone).toBe(
    limits.rollUpSegmentsPerTurnMax + 1,
  );
});

test("lets nobody wait for a long backlog, and goes on with that when all others are done", async () => {
  const quiet = ["tnt_b", "tnt_c"];
  const world = await worldWithBacklogs({
    tnt_a: 3 * limits.rollUpSegmentsPerTurnMax,
    tnt_b: 1,
    tnt_c: 1,
  });
  const written: string[] = [];
  const write = world.store.replaceOpenStatement.bind(world.store);
  vi.spyOn(world.store, "replaceOpenStatement").mockImplementation((statement, version) => {
    written.push(statement.tenant);
    return write(statement, version);
  });
  await rollUpNext(world, billed);
  expect(written.slice(0, 2).toSorted()).toEqual(quiet);
  expect(written).toHaveLength(3);
});

test("reads no more than it may, an equal share for each, and says that there is more", async () => {
  const segments = limits.rollUpSegmentsPerTurnMax;
  const tenants = Array.from({ length: 12 }, (_, index) => `tnt_${index}`);
  const world = await worldWithBacklogs(
    Object.fromEntries(tenants.map((each) => [each, segments])),
  );
  const first = await rollUpNext(world, billed);
  expect(first).toMatchObject({
    tenants: 12,
    more: true,
    segments: limits.rollUpSegmentsMax,
    ledgers: { included: 0, known: 12 },
  });
  const read = tenants.map((each) => {
    const key = `rollups/${each}/local/0/checkpoint.json`;
    return world.bucket.json<Checkpoint>(key).nextSegment - 1;
  });
  expect(new Set(read)).toEqual(new Set([limits.rollUpSegmentsMax / 12]));
  expect(await rollUpNext(world, billed)).toMatchObject({
    segments: 12 * segments - limits.rollUpSegmentsMax,
    ledgers: { included: 12, known: 12 },
  });
  // Rows take what the statements leave of a run.
  let runs = 0;
  const putRows = vi.spyOn(world, "putRows");
  const perRun = limits.rollUpSegmentsMax / limits.rowsOfSegmentCost;
  while ((await rollUpNext(world, billed)).more) {
    runs += 1;
    // Shares are rounded up, for each of the twelve.
    expect(putRows.mock.calls.length).toBeLessThanOrEqual(runs * (perRun + 12));
  }
  expect(putRows).toHaveBeenCalledTimes(12 * segments);
});

test("goes on by itself with those that have more to read than one part may", async () => {
  const segments = limits.rollUpSegmentsMax + 1;
  const world = await worldWithBacklogs({ tnt_a: segments, tnt_b: 1 });
  const news = (each: string) => newsKey(start - (start % hour), `${each}/local/0`);
  const through = start - (start % hour) + hour;
  const part = {
    v: 1 as const,
    through,
    tenants: ["tnt_a", "tnt_b"],
    news: ["tnt_a", "tnt_b"].map(news),
  };
  const late = vi.spyOn(console, "warn").mockReturnValue();
  const { summary, rest } = await rollUpPart(world, part, (_, work) => work());
  expect(late).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ event: "statements-late", tenants: ["tnt_a"] }),
  );
  expect(summary).toMatchObject({
    more: true,
    segments: limits.rollUpSegmentsMax,
    ledgers: { included: 1, known: 2 },
  });
  // Of the second only the rows are missing.
  expect(rest).toEqual({ ...part, tenants: expect.arrayContaining(part.tenants), news: part.news });
  expect(world.bucket.objects.has(news("tnt_a"))).toBe(true);
  let left = rest;
  for (let parts = 0; left && parts < 10; parts++) {
    left = (await rollUpPart(world, left, (_, work) => work())).rest;
  }
  expect(left).toBeNull();
  expect(late).toHaveBeenCalledOnce();
  expect(world.bucket.json<Statement>(november).usage.jobsDone).toBe(segments);
  expect(world.bucket.objects.has(news("tnt_a"))).toBe(false);
});

/** Each tenant has so many segments stored, of one job each. */
async function worldWithBacklogs(segments: Readonly<Record<string, number>>) {
  const world = new MemoryWorld(Object.keys(segments), start);
  for (const [each, count] of Object.entries(segments)) {
    for (let seq = 1; seq <= count; seq++) {
      world.ledgerOf(each).settle(doneAt(start, seq));
      await world.ledgerOf(each).seal(start);
    }
  }
  world.clock += hour;
  return world;
}
