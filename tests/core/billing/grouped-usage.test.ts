import { expect, test } from "vitest";
import {
  addSegment,
  daysIn,
  emptyDay,
  groupUsage,
  type DayUsage,
  type UsageCell,
} from "../../../core/billing/grouped-usage.ts";
import { emptyTotals } from "../../../core/ledger/usage.ts";
import type { Segment } from "../../../core/books/verify/read-segment.ts";
import { limits } from "../../../core/limits.ts";
import { doneAt, hour, utc } from "./usage-samples.ts";

const day = "2026-11-29";
const start = utc("2026-11-29T22:00:00.000Z");

/** One job in each of three hours over midnight. */
const segment = (ledger: string, number: number): Segment => ({
  ledger,
  number,
  hash: "",
  previous: "",
  incarnation: 1,
  prices: null,
  firstSeq: 1,
  lastSeq: 3,
  rows: [1, 2, 3].map((seq) => doneAt(start + (seq - 1) * hour, seq)),
});

const jobsIn = ({ cells }: DayUsage) => cells.reduce((sum, { totals }) => sum + totals.jobsDone, 0);

test("a day has its own rows, by key and by the format of their files", () => {
  expect(daysIn(segment("a", 1))).toEqual([day, "2026-11-30"]);
  const { cells } = addSegment(emptyDay, day, segment("a", 1));
  const { outputs, bytesIn, bytesOut, pixels, computeUnits } = doneAt(start, 1);
  const own = { outputs, bytesIn, bytesOut, pixels, computeUnits, jobsDone: 1, jobsFailed: 0 };
  const file = { ...emptyTotals, outputs: 1, pixels: 240_000 };
  expect(cells).toEqual(
    [start, start + hour].flatMap((at) => [
      { hour: at, key: "key_1", totals: own },
      { hour: at, key: "key_1", format: "webp", totals: { ...file, bytesOut: 20_000 } },
      { hour: at, key: "key_1", format: "avif", totals: { ...file, bytesOut: 40_000 } },
    ]),
  );
});

test("a segment counts once, whatever other ledgers added in between", () => {
  const first = addSegment(emptyDay, day, segment("a", 1));
  const both = addSegment(first, day, segment("b", 1));
  expect(both.through).toEqual({ a: 1, b: 1 });
  expect(addSegment(both, day, segment("a", 1))).toEqual(both);
  const more = addSegment(both, day, segment("a", 2));
  expect(more.through).toEqual({ a: 2, b: 1 });
  expect([first, both, more].map(jobsIn)).toEqual([2, 4, 6]);
});

test("keys beyond the bound are told together, known ones as themselves", () => {
  const one = segment("a", 1);
  const rows = Array.from({ length: limits.usageKeysMax + 2 }, (_, index) => {
    const event = doneAt(start, index + 1);
    return { ...event, work: { sourcePixels: 1, renderMillis: 1, files: [], key: `key_${index}` } };
  });
  const { cells } = addSegment(emptyDay, day, { ...one, rows: [...rows, ...rows.slice(0, 1)] });
  const jobs = new Map(cells.map(({ key, totals }) => [key, totals.jobsDone]));
  expect(jobs.size).toBe(limits.usageKeysMax + 1);
  expect([jobs.get("key_0"), jobs.get("key_1"), jobs.get("others")]).toEqual([2, 1, 2]);
});

test("groups are of the hours that start in the period asked for", () => {
  const days = [addSegment(emptyDay, day, segment("a", 1))];
  const jobs = (from: number, to: number) =>
    groupUsage(days, { from, to }, ["key"], 13)?.map(({ period }) => period);
  expect(jobs(start, start + hour)).toEqual(["2026-11-29T22"]);
  expect(jobs(start + 1, start + hour + 1)).toEqual(["2026-11-29T23"]);
});

test("a job that failed counts as such, and a description is no rendition", () => {
  const failed = { ...doneAt(start, 1), outcome: "failed" as const, work: undefined };
  const files = [{ format: "json", bytes: 70, pixels: 0 }];
  const work = { key: "key_1", sourcePixels: 1, renderMillis: 1, files };
  const rows = [failed, { ...doneAt(start, 2), work }];
  const { cells } = addSegment(emptyDay, day, { ...segment("a", 1), rows });
  expect(cells).toMatchObject([
    { key: null, totals: { jobsDone: 0, jobsFailed: 1 } },
    { key: "key_1", totals: { jobsDone: 1, jobsFailed: 0 } },
    { key: "key_1", format: "json", totals: { outputs: 0, bytesOut: 70 } },
  ]);
});

const cell = (hours: number, key: string, format?: string): UsageCell => ({
  ...{ hour: start + hours * hour, key, totals: { ...emptyTotals, outputs: 1 } },
  ...(format !== undefined && { format }),
});
const all = { from: 0, to: Infinity };

test("groups have the names asked for and no others, in the order of their periods", () => {
  const cells = [cell(1, "key_1"), cell(0, "key_1"), cell(0, "key_1", "webp")];
  const days = [{ ...emptyDay, cells }];
  const totals = { ...emptyTotals, outputs: 1 };
  expect(groupUsage(days, all, ["key"], 13)).toStrictEqual([
    { period: "2026-11-29T22", key: "key_1", totals },
    { period: "2026-11-29T23", key: "key_1", totals },
  ]);
  expect(groupUsage(days, all, ["format"], 13)).toStrictEqual([
    { period: "2026-11-29T22", format: "webp", totals },
  ]);
});

test("more groups than an answer may have are none", () => {
  const cells = Array.from({ length: limits.usageGroupsMax + 1 }, (_, of) => cell(0, `key_${of}`));
  const groups = (count: number) =>
    groupUsage([{ ...emptyDay, cells: cells.slice(0, count) }], all, ["key"], 13);
  expect(groups(limits.usageGroupsMax)).toHaveLength(limits.usageGroupsMax);
  expect(groups(limits.usageGroupsMax + 1)).toBeNull();
});
