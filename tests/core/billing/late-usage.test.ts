import { describe, expect, test } from "vitest";
import {
  emptyCheckpoint,
  expectedAfter,
  foldSegment,
  openMonth,
  type Checkpoint,
} from "../../../core/billing/checkpoint.ts";
import { closeByStatement, lateUsage } from "../../../core/billing/late-usage.ts";
import { buildStatement, type Statement } from "../../../core/billing/statement.ts";
import { openSegment } from "../../../core/ledger/segment.ts";
import { monthEnd, monthStart, type Month, type UsageEvent } from "../../../core/ledger/usage.ts";
import { directSum, doneAt, ledger, sealAll, utc, valueOf } from "./usage-samples.ts";

const nothing = { outputs: 0, bytesOut: 0, pixels: 0, computeUnits: 0 };
const events: UsageEvent[] = [
  { ...doneAt(utc("2026-11-10T10:00:00.000Z"), 1), outcome: "failed", ...nothing },
  doneAt(utc("2026-12-02T10:00:00.000Z"), 2),
  // Three that come late, and one in between that does not.
  { ...doneAt(utc("2026-11-30T23:30:00.000Z"), 3), outputs: 5 },
  doneAt(utc("2026-12-10T10:00:00.000Z"), 4),
  { ...doneAt(utc("2026-11-30T23:40:00.000Z"), 5), outputs: 7 },
  { ...doneAt(utc("2026-10-20T23:40:00.000Z"), 6), outputs: 11 },
];

/** The checkpoint after the first `count` events, one segment each. */
function read(from: Checkpoint, count: number): Checkpoint {
  return sealAll(events.slice(0, count), [1]).reduce(
    (state, { bytes }, index) =>
      index + 1 < state.nextSegment
        ? state
        : foldSegment(state, valueOf(openSegment(bytes, expectedAfter(state)))),
    from,
  );
}

function finalOf(month: Month, checkpoint: Checkpoint): Statement {
  return buildStatement({
    tenant: "tnt_a",
    month,
    checkpoints: [checkpoint],
    harvest: { included: 1, known: 1 },
    through: monthEnd(monthStart(month)),
    previewAsOf: null,
    adjust: lateUsage(checkpoint),
    late: [],
  });
}

const novembers = (...indices: number[]): UsageEvent[] =>
  indices.flatMap((index) => events[index] ?? []);

const afterTwo = read(emptyCheckpoint(ledger), 2);
const november = finalOf("2026-11", afterTwo);
const closed = closeByStatement(afterTwo, november);

describe("usage that comes after its month's final statement", () => {
  test("is none at first", () => {
    expect(lateUsage(afterTwo)).toEqual([]);
    expect(lateUsage(closed)).toEqual([]);
  });

  test("is what the statement does not charge, with the segments that hold it", () => {
    const late = closeByStatement(read(closed, 5), november);
    expect(late.openMonths).toEqual(["2026-12"]);
    expect(lateUsage(late)).toEqual([
      {
        month: "2026-11",
        ledger,
        totals: directSum(novembers(2, 4)),
        segments: { first: 2, last: 5, lastHash: sealAll(events, [1])[4]?.hash },
      },
    ]);
  });

  test("is charged by one final statement, and what comes after that by the next", () => {
    const late = closeByStatement(read(closed, 4), november);
    const december = finalOf("2026-12", late);
    expect(december.adjustments).toMatchObject([
      { month: "2026-11", usage: directSum(novembers(2)), segments: { first: 2, last: 3 } },
    ]);
    const settled = closeByStatement(late, december);
    expect(lateUsage(settled)).toEqual([]);
    expect(closeByStatement(settled, december)).toEqual(settled);
    expect(closeByStatement(closeByStatement(settled, november), december)).toEqual(settled);

    const again = closeByStatement(read(settled, 5), november);
    expect(lateUsage(again)).toMatchObject([
      { month: "2026-11", totals: directSum(novembers(4)), segments: { first: 4, last: 5 } },
    ]);
  });

  test("is known from the segments and the final statements alone", () => {
    const late = closeByStatement(read(closed, 4), november);
    const december = finalOf("2026-12", late);
    const rebuilt = [november, december].reduce(closeByStatement, read(emptyCheckpoint(ledger), 5));
    const grown = closeByStatement(read(closeByStatement(late, december), 5), november);
    expect(lateUsage(rebuilt)).toEqual(lateUsage(grown));
    expect(lateUsage(rebuilt)).toHaveLength(1);
  });

  test("is all of it for a month that seemed to have none", () => {
    const october = finalOf("2026-10", afterTwo);
    expect(october.segments).toEqual([]);
    const late = [october, november].reduce(closeByStatement, read(afterTwo, 6));
    expect(lateUsage(late)).toMatchObject([
      { month: "2026-10", totals: directSum(novembers(5)), segments: { first: 1, last: 6 } },
      { month: "2026-11", totals: directSum(novembers(2, 4)) },
    ]);
  });

  test("of one month is charged apart from another's", () => {
    const october = finalOf("2026-10", afterTwo);
    const late = [october, november].reduce(closeByStatement, read(afterTwo, 6));
    const december = finalOf("2026-12", late);
    const adjustments = december.adjustments?.filter(({ month }) => month === "2026-11");
    expect(lateUsage(closeByStatement(late, { ...december, adjustments }))).toMatchObject([
      { month: "2026-10", totals: directSum(novembers(5)), segments: { first: 1, last: 6 } },
    ]);
  });

  test("that another roll-up read and charged is not charged again when it is read here", () => {
    const october = finalOf("2026-10", afterTwo);
    const elsewhere = [october, november].reduce(closeByStatement, read(closed, 6));
    const december = finalOf("2026-12", elsewhere);
    expect(december.adjustments?.map(({ month }) => month)).toContain("2026-10");
    const behind = [november, december].reduce(closeByStatement, read(afterTwo, 4));
    const caughtUp = [october, november].reduce(closeByStatement, read(behind, 6));
    expect(lateUsage(caughtUp)).toEqual([]);
  });

  test("of another ledger is not this one's", () => {
    const late = closeByStatement(read(closed, 4), november);
    const december = finalOf("2026-12", late);
    const other = {
      ...december,
      adjustments: december.adjustments?.map((each) => ({ ...each, ledger: "x" })),
    };
    expect(lateUsage(closeByStatement(late, other))).toHaveLength(1);
    const foreign = lateUsage(closeByStatement({ ...late, ledger: "y" }, december));
    expect(foreign.map(({ month }) => month)).toContain("2026-11");
  });

  test("is told by a statement of an earlier version, whose sum is one ledger's", () => {
    const segments = november.segments.map((named) => ({ ...named, usage: undefined }));
    const late = closeByStatement(
      read(afterTwo, 3),
      JSON.parse(JSON.stringify({ ...november, segments })) as Statement,
    );
    expect(lateUsage(late)).toMatchObject([{ totals: directSum(novembers(2)) }]);
  });

  test("is never less than nothing: charges beyond what the segments hold are an alarm", () => {
    const segments = november.segments.map((range) => ({
      ...range,
      usage: directSum(events),
    }));
    const late = closeByStatement(read(afterTwo, 3), { ...november, segments });
    expect(() => lateUsage(late)).toThrow(RangeError);
  });

  test("does not reopen its month for the next statement", () => {
    const late = closeByStatement(openMonth(read(closed, 4), "2027-01"), november);
    expect(late.openMonths).toEqual(["2026-12", "2027-01"]);
  });
});
