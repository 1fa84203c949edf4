/** What one settled job used, how such facts add up, and the two UTC periods they are counted by. */
import { HOUR } from "../magnitudes.ts";
import type { JobUsage } from "../job/job.ts";
import { workFrom, type Work } from "./work.ts";

/**
 * One line of the raw bill, written in the transaction that settles its job.
 * A failed job is recorded but never billed: its outputs, bytesOut, pixels and computeUnits are zero.
 */
export interface UsageEvent {
  /** Gapless within one ledger, from 1. */
  readonly seq: number;
  readonly job: string;
  /** When the job was settled, epoch milliseconds by the ledger's clock; never earlier than the event before it. */
  readonly at: number;
  readonly outcome: "done" | "failed";
  readonly outputs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Source pixels plus the pixels of every rendition; a megapixel is a million of them. */
  readonly pixels: number;
  readonly computeUnits: number;
  /** The prices by which units were counted, and the engine that rendered. Absent where not known. */
  readonly unitsVersion?: number;
  readonly engineVersion?: number;
  /** Absent in events from before it was written down. */
  readonly work?: Work;
}

/**
 * Sums of events: exact integers. Jobs, outputs and compute units can be priced: beyond 2^53 they throw, because
 * an inexact bill is worse than none. Bytes and pixels describe, and 250 jobs a second of 14 megapixels fill 2^53
 * in a month: they stop at 2^53 - 1, which then means "at least this many".
 */
export interface UsageTotals {
  readonly jobsDone: number;
  readonly jobsFailed: number;
  readonly outputs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly pixels: number;
  readonly computeUnits: number;
}

/** The sums that never stop short, so that a price may count them. */
export type ExactTotal = Exclude<keyof UsageTotals, "bytesIn" | "bytesOut" | "pixels">;

export const emptyTotals: UsageTotals = {
  jobsDone: 0,
  jobsFailed: 0,
  outputs: 0,
  bytesIn: 0,
  bytesOut: 0,
  pixels: 0,
  computeUnits: 0,
};

export function addEvent(totals: UsageTotals, event: Omit<UsageEvent, "seq">): UsageTotals {
  return addTotals(totals, totalsOf(event, 1));
}

/** Takes back what `addEvent` added. */
export function subtractEvent(totals: UsageTotals, event: Omit<UsageEvent, "seq">): UsageTotals {
  return addTotals(totals, totalsOf(event, -1));
}

function totalsOf(event: Omit<UsageEvent, "seq">, times: 1 | -1): UsageTotals {
  return {
    jobsDone: event.outcome === "done" ? times : 0,
    jobsFailed: event.outcome === "failed" ? times : 0,
    outputs: times * event.outputs,
    bytesIn: times * event.bytesIn,
    bytesOut: times * event.bytesOut,
    pixels: times * event.pixels,
    computeUnits: times * event.computeUnits,
  };
}

export function addTotals(left: UsageTotals, right: UsageTotals): UsageTotals {
  return {
    jobsDone: exactSum(left.jobsDone, right.jobsDone),
    jobsFailed: exactSum(left.jobsFailed, right.jobsFailed),
    outputs: exactSum(left.outputs, right.outputs),
    bytesIn: Math.min(left.bytesIn + right.bytesIn, Number.MAX_SAFE_INTEGER),
    bytesOut: Math.min(left.bytesOut + right.bytesOut, Number.MAX_SAFE_INTEGER),
    pixels: Math.min(left.pixels + right.pixels, Number.MAX_SAFE_INTEGER),
    computeUnits: exactSum(left.computeUnits, right.computeUnits),
  };
}

/** The event that `value` (parsed JSON or a stored row) holds, without anything else in it; null if it is not one. */
export function usageEventFrom(value: unknown): UsageEvent | null {
  if (typeof value !== "object" || value === null) return null;
  const { seq, job, at, outcome, outputs, bytesIn, bytesOut, pixels, computeUnits } =
    value as Partial<Record<keyof UsageEvent, unknown>>;
  const fields = value as Partial<Record<keyof UsageEvent, unknown>>;
  const { unitsVersion, engineVersion } = fields;
  const work = workFrom(fields.work);
  if (!isCount(seq) || seq === 0 || typeof job !== "string" || job === "" || !isCount(at))
    return null;
  if (outcome !== "done" && outcome !== "failed") return null;
  if (!isCount(outputs) || !isCount(bytesIn) || !isCount(bytesOut)) return null;
  if (!isCount(pixels) || !isCount(computeUnits)) return null;
  if (outcome === "failed" && outputs + bytesOut + pixels + computeUnits > 0) return null;
  return {
    ...{ seq, job, at, outcome, outputs, bytesIn, bytesOut, pixels, computeUnits },
    ...(isCount(unitsVersion) && { unitsVersion }),
    ...(isCount(engineVersion) && { engineVersion }),
    ...(work && { work }),
  };
}

/** Whether `value` can be counted with: an exact integer, zero or more. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a consumer's figures can become an event: one that cannot would stop its ledger's segments permanently. */
export function canBeCounted({ computeUnits, bytesOut, pixels }: JobUsage): boolean {
  return isCount(computeUnits) && isCount(bytesOut) && isCount(pixels);
}

export const hourMillis = HOUR;

/** A calendar month in UTC as `YYYY-MM`. */
export type Month = `${number}-${number}`;

/** Start of the UTC hour that holds `at`, epoch milliseconds. */
export function hourOf(at: number): number {
  return Math.floor(at / hourMillis) * hourMillis;
}

/** The UTC month that holds `at`. */
export function monthOf(at: number): Month {
  return new Date(at).toISOString().slice(0, 7) as Month;
}

export const monthPattern = /^\d{4}-(0[1-9]|1[0-2])$/;

export function isMonth(text: string): text is Month {
  return monthPattern.test(text);
}

/** First moment of the month. */
export function monthStart(month: Month): number {
  return Date.parse(`${month}-01T00:00:00.000Z`);
}

/** First moment after the month that holds `at`. */
export function monthEnd(at: number): number {
  const day = new Date(at);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1);
}

function exactSum(left: number, right: number): number {
  const sum = left + right;
  if (!Number.isSafeInteger(sum))
    throw new RangeError("a usage total is beyond 2^53 and no longer exact");
  return sum;
}
