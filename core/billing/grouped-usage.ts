import type { Segment, Row } from "../books/verify/read-segment.ts";
import { addTotals, emptyTotals, hourOf, type UsageTotals } from "../ledger/usage.ts";
import { limits } from "../limits.ts";

/**
 * A tenant's usage of one UTC day by the API key that asked for it and the format that was made, as its sealed rows
 * have it. So it adds up to the same as statements do.
 */
export interface DayUsage {
  readonly v: 1;
  /** By ledger, the last segment of which this day's rows are in here: adding one again changes nothing. */
  readonly through: Readonly<Record<string, number>>;
  readonly cells: readonly UsageCell[];
}

/** What jobs with one key added in one hour; with a format: of it, what their files of that format are. */
export interface UsageCell {
  /** Start of the hour, epoch milliseconds. */
  readonly hour: number;
  /** The key's id; null where the rows do not say, `others` beyond `limits.usageKeysMax`. */
  readonly key: string | null;
  readonly format?: string;
  /** With a format: renditions, their bytes and pixels. */
  readonly totals: UsageTotals;
}

export const emptyDay: DayUsage = { v: 1, through: {}, cells: [] };

/** The days (`2026-11-28`) in which jobs of the segment ended. */
export const daysIn = ({ rows }: Segment): string[] => [
  ...new Set(rows.map(({ at }) => dayOf(at))),
];

export const dayOf = (at: number): string =>
  new Date(at).toISOString().slice(0, "YYYY-MM-DD".length);

/**
 * Adds the segment's rows of the day. Segments of a ledger come in their order; one that was added before changes
 * nothing.
 */
export function addSegment(usage: DayUsage, day: string, segment: Segment): DayUsage {
  const { ledger, number } = segment;
  if ((usage.through[ledger] ?? 0) >= number) return usage;
  const cells = new Map(usage.cells.map((cell) => [nameOf(cell), cell]));
  const keys = new Set(usage.cells.map(({ key }) => key));
  for (const row of segment.rows) {
    if (dayOf(row.at) !== day) continue;
    const asked = row.work?.key ?? null;
    const key = keys.has(asked) || keys.size < limits.usageKeysMax ? asked : "others";
    keys.add(key);
    for (const cell of cellsOf(row, key)) {
      const known = cells.get(nameOf(cell));
      const totals = known ? addTotals(known.totals, cell.totals) : cell.totals;
      cells.set(nameOf(cell), { ...cell, totals });
    }
  }
  return { v: 1, through: { ...usage.through, [ledger]: number }, cells: [...cells.values()] };
}

const nameOf = ({ hour, key, format = "" }: UsageCell): string => `${hour} ${key} ${format}`;

function cellsOf(row: Row, key: string | null): UsageCell[] {
  const hour = hourOf(row.at);
  const { outcome, outputs, bytesIn, bytesOut, pixels, computeUnits, work } = row;
  const jobs = { jobsDone: Number(outcome === "done"), jobsFailed: Number(outcome === "failed") };
  const totals = { ...jobs, outputs, bytesIn, bytesOut, pixels, computeUnits };
  const files = (work?.files ?? []).map(({ format, bytes, pixels: made }) => ({
    ...{ hour, key, format },
    // A description is not billed as a rendition.
    totals: { ...emptyTotals, outputs: Number(format !== "json"), bytesOut: bytes, pixels: made },
  }));
  return [{ hour, key, totals }, ...files];
}

export const groupings = ["key", "format"] as const;
export type Grouping = (typeof groupings)[number];

/** The sums of one period and group. */
export interface UsageGroup {
  /** The start of an ISO 8601 time, as long as the period's name. */
  readonly period: string;
  readonly key?: string | null;
  readonly format?: string;
  readonly totals: UsageTotals;
}

/** A tenant's usage by key or format, and how complete it is. */
export interface GroupedUsage {
  /** Null: more groups than one answer may have. */
  readonly groups: readonly UsageGroup[] | null;
  /** Epoch milliseconds: every hour before this is complete, except for ledgers that are not included. */
  readonly asOf: number;
  readonly ledgers: {
    readonly included: number;
    readonly known: number;
    /** Regions of those that are not. */
    readonly missing: readonly string[];
  };
}

export interface GroupedUsageAsked {
  /** Epoch milliseconds, at most `limits.usageGroupsMillisMax` apart. */
  readonly from: number;
  readonly to: number;
  readonly by: readonly Grouping[];
  readonly periodLength: number;
}

/**
 * Sums of the hours that start in [from, to), by periods whose names are the first `periodLength` characters of a time,
 * and by group. Null: there are more than `limits.usageGroupsMax`.
 */
export function groupUsage(
  days: readonly DayUsage[],
  { from, to }: { readonly from: number; readonly to: number },
  by: readonly Grouping[],
  periodLength: number,
): UsageGroup[] | null {
  const isByFormat = by.includes("format");
  const groups = new Map<string, UsageGroup>();
  for (const { hour, key, format, totals } of days.flatMap(({ cells }) => cells)) {
    if (hour < from || hour >= to || (format !== undefined) !== isByFormat) continue;
    const group = {
      period: new Date(hour).toISOString().slice(0, periodLength),
      ...(by.includes("key") && { key }),
      ...(format !== undefined && { format }),
    };
    const name = JSON.stringify(group);
    const known = groups.get(name);
    groups.set(name, { ...group, totals: known ? addTotals(known.totals, totals) : totals });
    if (groups.size > limits.usageGroupsMax) return null;
  }
  return [...groups]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, group]) => group);
}
