import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkpointFrom,
  closeMonth,
  emptyCheckpoint,
  expectedAfter,
  foldSegment,
  markRead,
  markStated,
  openMonth,
  openMonthsUpTo,
  usageBefore,
  type Checkpoint,
  type StoredCheckpoint,
} from "../../../core/billing/checkpoint.ts";
import { openSegment, type SealedSegment } from "../../../core/ledger/segment.ts";
import { emptyTotals, monthOf, type Month, type UsageEvent } from "../../../core/ledger/usage.ts";
import {
  directSum,
  doneAt,
  eventHistory,
  hour,
  ledger,
  sealAll,
  segmentSizes,
  utc,
  valueOf,
} from "./usage-samples.ts";

const fold = (checkpoint: Checkpoint, segments: readonly SealedSegment[]): Checkpoint =>
  segments.reduce(
    (state, { bytes }) => foldSegment(state, valueOf(openSegment(bytes, expectedAfter(state)))),
    checkpoint,
  );

const monthsOf = (events: readonly UsageEvent[]): Month[] => [
  ...new Set(events.map(({ at }) => monthOf(at))),
];

describe("rolling up", () => {
  test("gives the sum of the events, however they were cut into segments", () => {
    fc.assert(
      fc.property(eventHistory, segmentSizes, fc.nat(), (events, sizes, pick) => {
        const checkpoint = fold(emptyCheckpoint(ledger), sealAll(events, sizes));
        expect(checkpoint.nextSeq).toBe(events.length + 1);
        const before = events[pick % events.length]?.at ?? 0;
        const cut = before - (before % hour);
        for (const month of monthsOf(events)) {
          const meant = events.filter(({ at }) => monthOf(at) === month && at < cut);
          const usage = usageBefore(checkpoint, month, cut);
          expect(usage?.totals ?? null).toEqual(meant.length > 0 ? directSum(meant) : null);
        }
      }),
    );
  });

  test("names just the segments that hold a period's events", () => {
    fc.assert(
      fc.property(eventHistory, segmentSizes, (events, sizes) => {
        const segments = sealAll(events, sizes);
        const checkpoint = fold(emptyCheckpoint(ledger), segments);
        for (const month of monthsOf(events)) {
          const holding = segments.filter(({ bytes }) =>
            new TextDecoder()
              .decode(bytes)
              .split("\n")
              .slice(1, -1)
              .some((line) => monthOf((JSON.parse(line) as UsageEvent).at) === month),
          );
          expect(usageBefore(checkpoint, month, Infinity)?.segments).toEqual({
            first: segments.findIndex((segment) => segment === holding[0]) + 1,
            last: segments.findIndex((segment) => segment === holding.at(-1)) + 1,
            lastHash: holding.at(-1)?.hash,
          });
        }
      }),
    );
  });

  test("names the last segment of a month, though the hour that came last is in an earlier one", () => {
    const hours = [10, 9, 10].map((of, index) =>
      doneAt(utc("2026-11-30T00:00:00.000Z") + of * hour, index + 1),
    );
    const segments = sealAll(hours, [1]);
    const checkpoint = fold(emptyCheckpoint(ledger), segments);
    expect(usageBefore(checkpoint, "2026-11", Infinity)).toEqual({
      totals: directSum(hours),
      segments: { first: 1, last: 3, lastHash: segments[2]?.hash },
    });
  });

  test("may stop anywhere and go on from a stored checkpoint", () => {
    fc.assert(
      fc.property(eventHistory, segmentSizes, fc.nat(), (events, sizes, pick) => {
        const segments = sealAll(events, sizes);
        const stop = pick % (segments.length + 1);
        const atOnce = fold(emptyCheckpoint(ledger), segments);
        const stored = JSON.stringify(fold(emptyCheckpoint(ledger), segments.slice(0, stop)));
        expect(fold(JSON.parse(stored) as Checkpoint, segments.slice(stop))).toEqual(atOnce);
      }),
    );
  });

  test("a segment twice changes nothing, and one too early is refused", () => {
    const [first, second, third] = sealAll(
      [1, 2, 3].map((seq) => doneAt(seq * hour, seq)),
      [1],
    );
    const open = ({ bytes }: SealedSegment, after: Checkpoint) =>
      valueOf(openSegment(bytes, expectedAfter(after)));
    if (!first || !second || !third) throw new Error("three segments were sealed");
    const one = fold(emptyCheckpoint(ledger), [first]);
    const two = fold(one, [second]);
    expect(foldSegment(two, open(first, emptyCheckpoint(ledger)))).toBe(two);
    expect(foldSegment(two, open(second, one))).toBe(two);
    expect(() => foldSegment(one, open(third, two))).toThrow(RangeError);
  });
});

describe("a month's books", () => {
  const events = [
    doneAt(utc("2026-11-30T22:59:59.999Z"), 1),
    doneAt(utc("2026-11-30T23:59:59.999Z"), 2),
    doneAt(utc("2026-12-01T00:00:00.000Z"), 3),
  ];
  const full = fold(emptyCheckpoint(ledger), sealAll(events, [2]));
  const billed = { totals: directSum(events.slice(0, 2)), lastSegment: 1 };

  test("close to one sum without changing it", () => {
    const closed = closeMonth(full, "2026-11", billed);
    expect(closed.openMonths).toEqual(["2026-12"]);
    expect(closed.hours).toHaveLength(1);
    for (const month of ["2026-11", "2026-12"] as const) {
      expect(usageBefore(closed, month, Infinity)).toEqual(usageBefore(full, month, Infinity));
    }
    expect(closeMonth(closed, "2026-11", billed)).toEqual(closed);
  });

  test("reopen for an event that comes late, and keep both parts", () => {
    const closed = closeMonth(
      fold(emptyCheckpoint(ledger), sealAll(events, [2]).slice(0, 1)),
      "2026-11",
      billed,
    );
    const late = [...events.slice(0, 2), doneAt(utc("2026-11-30T23:30:00.000Z"), 3)];
    const reopened = fold(closed, sealAll(late, [2]).slice(1));
    expect(reopened.openMonths).toEqual(["2026-11"]);
    expect(usageBefore(reopened, "2026-11", Infinity)?.totals).toEqual(directSum(late));
    const again = closeMonth(reopened, "2026-11", { totals: directSum(late), lastSegment: 2 });
    expect(usageBefore(again, "2026-11", Infinity)?.totals).toEqual(directSum(late));
    expect(again.closedMonths).toMatchObject([{ month: "2026-11", billed }]);
  });

  test("close without usage, and say so", () => {
    const opened = openMonth(emptyCheckpoint(ledger), "2026-11");
    const closed = closeMonth(opened, "2026-11", { totals: directSum([]), lastSegment: 0 });
    expect(closed).toMatchObject({ openMonths: [], hours: [] });
    expect(usageBefore(closed, "2026-11", Infinity)).toBeNull();
    expect(openMonth(closed, "2026-11")).toBe(closed);
    const late = fold(closed, sealAll(events.slice(0, 1), [1]));
    expect(usageBefore(closeMonth(late, "2026-11", billed), "2026-11", Infinity)).toMatchObject({
      totals: directSum(events.slice(0, 1)),
      segments: { first: 1, last: 1 },
    });
  });

  test("are read up to a moment that never goes back", () => {
    const read = markRead(full, hour);
    expect(read.readThrough).toBe(hour);
    expect(markRead(read, hour)).toBe(read);
    expect(markRead(read, hour - 1)).toBe(read);
  });

  test("are stated once the statements say all that is read", () => {
    expect(markStated({ ...full, unstated: true })).toEqual(full);
    expect(markStated({ ...full, unstated: true })).not.toHaveProperty("unstated");
    expect(markStated(full)).toBe(full);
  });

  test("of earlier versions count as charged in full", () => {
    const { readThrough: _, ...before } = closeMonth(full, "2026-11", billed);
    const closedMonths = before.closedMonths.map(({ billed: _billed, ...closed }) => closed);
    const stored = JSON.parse(JSON.stringify({ ...before, closedMonths })) as StoredCheckpoint;
    expect(checkpointFrom(stored)).toEqual(closeMonth(full, "2026-11", billed));
  });

  test("of this version are read as they were stored", () => {
    const late = fold(closeMonth(full, "2026-11", billed), []);
    const closed = markRead(
      closeMonth(late, "2026-11", { totals: directSum([]), lastSegment: 0 }),
      hour,
    );
    expect(checkpointFrom(JSON.parse(JSON.stringify(closed)) as StoredCheckpoint)).toEqual(closed);
  });

  test("open once, with or without usage", () => {
    const opened = openMonth(emptyCheckpoint(ledger), "2026-11");
    expect(opened.openMonths).toEqual(["2026-11"]);
    expect(openMonth(opened, "2026-11")).toBe(opened);
    const closed = closeMonth(full, "2026-11", billed);
    expect(openMonth(closed, "2026-11")).toBe(closed);
  });
});

describe("a checkpoint that starts over opens", () => {
  const opened = (checkpoint: Checkpoint, last: Month) =>
    openMonthsUpTo(checkpoint, last).openMonths.toSorted();
  const empty = emptyCheckpoint(ledger);

  test("the last month alone, where it knows of none", () => {
    expect(opened(empty, "2026-12")).toEqual(["2026-12"]);
  });

  test("every month from the first that it knows, over the year's end too", () => {
    expect(opened(openMonth(empty, "2026-11"), "2027-02")).toEqual([
      ...["2026-11", "2026-12", "2027-01", "2027-02"],
    ]);
    const two = openMonth(openMonth(empty, "2026-12"), "2026-11");
    expect(opened(two, "2026-12")).toEqual(["2026-11", "2026-12"]);
  });

  test("none that is closed, though it counts as the first", () => {
    const closed = closeMonth(openMonth(empty, "2026-10"), "2026-10", {
      totals: emptyTotals,
      lastSegment: 0,
    });
    expect(opened(closed, "2026-12")).toEqual(["2026-11", "2026-12"]);
  });
});
