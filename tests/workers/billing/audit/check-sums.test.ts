import { expect, test, vi } from "vitest";
import { Tally } from "../../../../core/billing/audit-report.ts";
import { emptyCheckpoint, type Checkpoint } from "../../../../core/billing/checkpoint.ts";
import { amountMicros, priceListFor } from "../../../../core/billing/price-list.ts";
import type { Adjustment, Charges, Statement } from "../../../../core/billing/statement.ts";
import { emptyTotals, type Month } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { HOUR } from "../../../../core/magnitudes.ts";
import {
  checkCounters,
  checkStatement,
  isComparable,
} from "../../../../workers/billing/audit/check-sums.ts";
import { AuditedWorld } from "./audited-world.ts";

const month: Month = "2026-11";
const ledger = "tnt_a/local/0";
const segments = { first: 1, last: 1, lastHash: "0".repeat(64) };

/** So many renditions and a million units, priced by the list. */
function charges(outputs: number): Charges {
  const usage = { ...emptyTotals, outputs, computeUnits: 1_000_000 };
  const lines = priceListFor(month).prices.map((price) => ({
    item: price.item,
    quantity: usage[price.counts],
    unit: price.unit,
    unitPriceMicros: price.priceMicros,
    per: price.per,
    amountMicros: amountMicros(usage[price.counts], price),
  }));
  const totalMicros = lines.reduce((total, line) => total + line.amountMicros, 0);
  return { usage, lines, totalMicros };
}

/** Of a month, with late usage of the month before, where `changes` leave it right. */
function statement(changes: { adjustment?: Partial<Charges>; totalMicros?: number } = {}) {
  const own = charges(5000);
  const late = { ...charges(1000), ...changes.adjustment };
  const adjustments: Pick<Adjustment, "month" | keyof Charges>[] = [{ ...late, month: "2026-10" }];
  const totalMicros = changes.totalMicros ?? own.totalMicros + late.totalMicros;
  return { ...own, tenant: "tnt_a", month, segments: [], adjustments, totalMicros };
}

function breachesOf(stated: object, ...checkpoints: Checkpoint[]): string[] {
  const tally = new Tally();
  checkStatement(stated as Statement, checkpoints, tally);
  return tally.breaches.map(({ invariant }) => invariant);
}

test("a statement whose total is its lines and its adjustments is right", () => {
  expect(breachesOf(statement())).toEqual([]);
});

test.each([
  ["whose total leaves out the adjustments", statement({ totalMicros: charges(5000).totalMicros })],
  [
    "with an adjustment above its own lines, counted in the total",
    statement({ adjustment: { totalMicros: charges(1000).totalMicros + 1 } }),
  ],
  [
    "with an adjustment whose lines are not those of its usage",
    statement({ adjustment: { usage: charges(1001).usage } }),
  ],
])("a statement %s is reported", (_, stated) => {
  expect(breachesOf(stated)).toEqual(["statements-are-priced-right"]);
});

/** Each figure of a ledger's usage. */
const figures = (figure: number) => ({
  ...{ jobsDone: figure, jobsFailed: figure, outputs: figure },
  ...{ bytesIn: figure, bytesOut: figure, pixels: figure, computeUnits: figure },
});

/** A statement that says this of the ledger. */
const saying = (usage: ReturnType<typeof figures>) => ({
  ...{ ...statement(), through: "2026-12-01T00:00:00.000Z" },
  segments: [{ ledger, ...segments, usage }],
});

test("a statement that says nothing of a ledger is right where nothing was used", () => {
  const idle = emptyCheckpoint(ledger);
  expect(breachesOf(saying(figures(0)), idle)).toEqual([]);
  expect(breachesOf(saying(figures(1)), idle)).toEqual(["statements-are-the-records"]);
});

test("a statement of a closed month says what it billed, not what came later", () => {
  const billed = { totals: figures(1), lastSegment: 1 };
  const closed = { month, totals: figures(3), segments, billed };
  const checkpoint = { ...emptyCheckpoint(ledger), closedMonths: [closed] };
  expect(breachesOf(saying(figures(1)), checkpoint)).toEqual([]);
  expect(breachesOf(saying(figures(3)), checkpoint)).toEqual(["statements-are-the-records"]);
});

test("a ledger that was late is not held to the statement, and those that were not are", async () => {
  const { store } = new AuditedWorld(["tnt_a"], 0);
  const late = [{ ledger: "tnt_a/far/0", through: null, reason: "behind" as const }];
  const stated = { ...statement(), late } as unknown as Statement;
  const compared = (name: string) =>
    isComparable({ store }, stated, emptyCheckpoint(name), new Tally());
  expect(await compared(ledger)).toBe(true);
  expect(await compared("tnt_a/far/0")).toBe(false);
});

test("a record that a statement names ahead of the books, and that is not stored, is told as none", async () => {
  const { store } = new AuditedWorld(["tnt_a"], 0);
  const tally = new Tally();
  const stated = saying(figures(1)) as unknown as Statement;
  expect(await isComparable({ store }, stated, emptyCheckpoint(ledger), tally)).toBe(false);
  expect(tally.breaches).toMatchObject([
    { detail: `it names record 1 as ${segments.lastHash}; stored is none` },
  ]);
});

test("counters are compared from the first open month on, and no further back than they are surely kept", async () => {
  const readThrough = Date.UTC(2026, 10, 10);
  const used = (hour: number) => ({ hour, totals: figures(1), segments });
  const comparedFrom = async (openMonths: Month[], from: number) => {
    const world = new AuditedWorld(["tnt_a"], readThrough);
    const asked = vi.spyOn(world, "counters");
    const hours = [from - HOUR, from, from + HOUR].map(used);
    const tally = new Tally();
    const checkpoint = { ...emptyCheckpoint(ledger), openMonths, hours, readThrough };
    await checkCounters(world, checkpoint, readThrough, tally);
    expect(asked).toHaveBeenCalledExactlyOnceWith(ledger, from, readThrough);
    return tally.breaches.map(({ subject }) => Date.parse(subject) - from);
  };
  expect(await comparedFrom(["2026-10", "2026-11"], Date.UTC(2026, 9, 1))).toEqual([0, HOUR]);
  const kept = readThrough - limits.usageRetentionMillis / 2;
  expect(await comparedFrom(["2026-01"], kept)).toEqual([0, HOUR]);
});
