import type { ExpectedSegment, OpenedSegment } from "../ledger/segment.ts";
import { firstPrevious } from "../ledger/segment.ts";
import {
  addEvent,
  addTotals,
  emptyTotals,
  hourOf,
  monthEnd,
  monthOf,
  monthStart,
  type Month,
  type UsageTotals,
} from "../ledger/usage.ts";

/**
 * How far the books have read one ledger, and what they found. It is derived from the segments and the
 * final statements, so it may be deleted at any time: the next roll-up then reads the ledger from its first
 * segment.
 */
export interface Checkpoint {
  readonly v: 1;
  readonly ledger: string;
  readonly nextSegment: number;
  readonly nextSeq: number;
  /** Hash of the last segment that was read. */
  readonly previousHash: string;
  /** The first segment whose rows are not written yet, for data tools. Absent: the first. */
  readonly rowsNext?: number;
  /** The first segment that is not in the usage by key and format yet. Absent: the first. */
  readonly groupsNext?: number;
  /** Usage before this moment (epoch milliseconds) is here in full and in the stored statements; 0: unknown. */
  readonly readThrough: number;
  /** Months whose statements may still change; their usage is kept by the hour. */
  readonly openMonths: readonly Month[];
  readonly hours: readonly HourUsage[];
  /** Months whose final statements are written. */
  readonly closedMonths: readonly ClosedMonth[];
  /** How many shards its tenant had when it was read. Absent: one. */
  readonly shards?: number;
  /** More is read than the statements say: a long backlog is stated when all of it is read. */
  readonly unstated?: true;
}

export interface PeriodUsage {
  readonly totals: UsageTotals;
  readonly segments: SegmentRange;
}
export interface HourUsage extends PeriodUsage {
  /** Start of the hour, epoch milliseconds. */
  readonly hour: number;
}
/** All that is known of the month, and the part of it that final statements charge. */
export interface ClosedMonth extends PeriodUsage {
  readonly month: Month;
  readonly billed: BilledUsage;
}
export interface BilledUsage {
  readonly totals: UsageTotals;
  /** The last segment whose events of the month are charged; 0: none. */
  readonly lastSegment: number;
}

/** The segments that hold a period's events. The last one's hash covers all before it. */
export interface SegmentRange {
  readonly first: number;
  readonly last: number;
  readonly lastHash: string;
}

export function emptyCheckpoint(ledger: string): Checkpoint {
  return {
    v: 1,
    ledger,
    nextSegment: 1,
    nextSeq: 1,
    previousHash: firstPrevious,
    readThrough: 0,
    openMonths: [],
    hours: [],
    closedMonths: [],
  };
}

/** A checkpoint as earlier versions stored it: what they closed was charged in full. */
export interface StoredCheckpoint extends Omit<Checkpoint, "readThrough" | "closedMonths"> {
  readonly readThrough?: number;
  readonly closedMonths: readonly (Omit<ClosedMonth, "billed"> & {
    readonly billed?: BilledUsage;
  })[];
}

export function checkpointFrom(stored: StoredCheckpoint): Checkpoint {
  return {
    ...stored,
    readThrough: stored.readThrough ?? 0,
    closedMonths: stored.closedMonths.map((closed) => ({
      ...closed,
      billed: closed.billed ?? { totals: closed.totals, lastSegment: closed.segments.last },
    })),
  };
}

/** What the next segment must be for the chain to hold. */
export function expectedAfter({
  ledger,
  nextSegment,
  nextSeq,
  previousHash,
}: Checkpoint): ExpectedSegment {
  return { ledger, number: nextSegment, previous: previousHash, firstSeq: nextSeq };
}

/** Adds one segment's events to their hours. A segment that was folded before changes nothing. */
export function foldSegment(checkpoint: Checkpoint, segment: OpenedSegment): Checkpoint {
  const { number, lastSeq } = segment.header;
  if (number < checkpoint.nextSegment) return checkpoint;
  if (number > checkpoint.nextSegment) {
    throw new RangeError(`segment ${number} came before segment ${checkpoint.nextSegment}`);
  }

  const range: SegmentRange = { first: number, last: number, lastHash: segment.hash };
  const hours = new Map(checkpoint.hours.map((usage) => [usage.hour, usage]));
  for (const [hour, totals] of totalsByHour(segment)) {
    const found = { totals, segments: range };
    const known = hours.get(hour);
    hours.set(hour, { hour, ...(known ? joinPeriods(known, found) : found) });
  }
  return openMonths(
    {
      ...checkpoint,
      nextSegment: number + 1,
      nextSeq: lastSeq + 1,
      previousHash: segment.hash,
      hours: [...hours.values()],
    },
    [...hours.keys()].map(monthOf),
  );
}

/** What is read is in the statements, too. */
export function markStated(checkpoint: Checkpoint): Checkpoint {
  const { unstated, ...stated } = checkpoint;
  return unstated ? stated : checkpoint;
}

/** Everything that happened before `moment` is read. An earlier moment than the one that is stored changes nothing. */
export function markRead(checkpoint: Checkpoint, moment: number): Checkpoint {
  return moment > checkpoint.readThrough ? { ...checkpoint, readThrough: moment } : checkpoint;
}

/** Keeps the month in the books until its final statement is written, even if nothing is used in it. */
export function openMonth(checkpoint: Checkpoint, month: Month): Checkpoint {
  const known =
    checkpoint.openMonths.includes(month) ||
    checkpoint.closedMonths.some((closed) => closed.month === month);
  return known ? checkpoint : openMonths(checkpoint, [month]);
}

/**
 * Opens every month from the first that holds usage up to `last`: a checkpoint that starts over does not know
 * which of them have final statements, and one may charge late usage without usage of its own.
 */
export function openMonthsUpTo(checkpoint: Checkpoint, last: Month): Checkpoint {
  const months = [...checkpoint.openMonths, ...checkpoint.closedMonths.map(({ month }) => month)];
  let opened = checkpoint;
  let month = months.toSorted()[0] ?? last;
  for (; month < last; month = monthOf(monthEnd(monthStart(month)))) {
    opened = openMonth(opened, month);
  }
  return openMonth(opened, last);
}

/** Replaces the hours of a month by their sum, which may be nothing. What was `billed` before stays so. */
export function closeMonth(checkpoint: Checkpoint, month: Month, billed: BilledUsage): Checkpoint {
  const before = checkpoint.closedMonths.find((closed) => closed.month === month);
  const usage = usageBefore(checkpoint, month, Infinity) ?? noUsage;
  const others = checkpoint.closedMonths.filter((closed) => closed.month !== month);
  return {
    ...checkpoint,
    openMonths: checkpoint.openMonths.filter((open) => open !== month),
    hours: checkpoint.hours.filter(({ hour }) => monthOf(hour) !== month),
    closedMonths: [...others, { month, ...usage, billed: before?.billed ?? billed }],
  };
}

/** Everything the books hold of the ledger's month before the moment `before`; null if that is nothing. */
export function usageBefore(
  checkpoint: Checkpoint,
  month: Month,
  before: number,
): PeriodUsage | null {
  return sumPeriods([
    ...checkpoint.closedMonths.filter(
      ({ month: closed, segments }) => closed === month && segments.last > 0,
    ),
    ...checkpoint.hours.filter(({ hour }) => monthOf(hour) === month && hour < before),
  ]);
}

/** A month in which the ledger settled nothing. */
const noUsage: PeriodUsage = {
  totals: emptyTotals,
  segments: { first: 0, last: 0, lastHash: firstPrevious },
};

function totalsByHour({ events }: OpenedSegment): Map<number, UsageTotals> {
  const totals = new Map<number, UsageTotals>();
  for (const event of events) {
    const hour = hourOf(event.at);
    totals.set(hour, addEvent(totals.get(hour) ?? emptyTotals, event));
  }
  return totals;
}

function openMonths(checkpoint: Checkpoint, months: readonly Month[]): Checkpoint {
  const all = new Set([...checkpoint.openMonths, ...months]);
  return { ...checkpoint, openMonths: [...all].toSorted() };
}

function sumPeriods(periods: readonly PeriodUsage[]): PeriodUsage | null {
  const [first, ...rest] = periods;
  if (!first) return null;
  const { totals, segments } = first;
  return rest.reduce(joinPeriods, { totals, segments });
}

function joinPeriods(left: PeriodUsage, right: PeriodUsage): PeriodUsage {
  const later = right.segments.last >= left.segments.last ? right.segments : left.segments;
  return {
    totals: addTotals(left.totals, right.totals),
    segments: {
      first: Math.min(left.segments.first, right.segments.first),
      last: later.last,
      lastHash: later.lastHash,
    },
  };
}
