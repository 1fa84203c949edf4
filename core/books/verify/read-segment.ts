/**
 * A sealed segment as its format is published (docs/billing.md): a header line, then a row for each job that
 * ended. Written apart from the ledger's own code, so that a mistake there cannot hide itself here.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { hexOf } from "../hex.ts";
import type { FaultName } from "./report.ts";

export interface Row {
  readonly seq: number;
  readonly job: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly outcome: "done" | "failed";
  readonly outputs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly pixels: number;
  readonly computeUnits: number;
  readonly unitsVersion?: number;
  readonly engineVersion?: number;
  /** In version 3. */
  readonly work?: RowWork;
}

/** How the job was done. */
export interface RowWork {
  readonly key?: string;
  readonly trace?: string;
  readonly sourcePixels: number;
  readonly renderMillis: number;
  readonly files: readonly {
    readonly format: string;
    readonly bytes: number;
    readonly pixels: number;
  }[];
}

export interface Segment {
  readonly hash: string;
  readonly ledger: string;
  readonly number: number;
  /** Hash of the segment before. */
  readonly previous: string;
  readonly incarnation: number;
  /** The price list in force; null in version 1. */
  readonly prices: string | null;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly rows: readonly Row[];
}

export interface RowFault {
  readonly fault: Extract<FaultName, `row-${string}` | "segment-not-canonical">;
  /** From 1; 0: the header. */
  readonly row: number;
  readonly detail: string;
  /** Rows that are missing. */
  readonly missing?: number;
}

export const hashOf = (bytes: Uint8Array): string => hexOf(sha256(bytes));

/** Everything that can be read of the bytes, and what is wrong with it; a null segment: no header. */
export function readSegment(bytes: Uint8Array): { segment: Segment | null; faults: RowFault[] } {
  const lines = linesOf(bytes);
  const header = headerOf(lines[0]);
  if (header === null) return { segment: null, faults: [] };
  const faults: RowFault[] = [];
  const rows: Row[] = [];
  for (const [index, line] of lines.slice(1).entries()) {
    const row = rowOf(line);
    if (row) rows.push(row);
    else
      faults.push({ fault: "row-unreadable", row: index + 1, detail: "it is no row of a segment" });
  }
  faults.push(...orderFaults(rows), ...missingRows(header, rows, faults.length));
  if (faults.length === 0 && !isCanonical(bytes, lines, rows.length === header.count)) {
    const detail = "its figures, spaces or fields are not as a ledger writes them";
    faults.push({ fault: "segment-not-canonical", row: 0, detail });
  }
  return { segment: { ...header, hash: hashOf(bytes), rows }, faults };
}

function orderFaults(rows: readonly Row[]): RowFault[] {
  const seen = new Set<number>();
  let highest = 0;
  return rows.flatMap(({ seq }, index): RowFault[] => {
    const isRepeated = seen.has(seq);
    const isLate = seq < highest;
    seen.add(seq);
    highest = Math.max(highest, seq);
    const row = index + 1;
    if (isRepeated) return [{ fault: "row-repeated", row, detail: `row ${seq} is there twice` }];
    if (!isLate) return [];
    return [{ fault: "row-out-of-order", row, detail: `row ${seq} comes after ${highest}` }];
  });
}

/** Numbers that the header counts and no row has, beyond those that could not be read. */
function missingRows(
  { firstSeq, lastSeq }: { readonly firstSeq: number; readonly lastSeq: number },
  rows: readonly Row[],
  unreadable: number,
): RowFault[] {
  const there = new Set(
    rows.map(({ seq }) => seq).filter((seq) => seq >= firstSeq && seq <= lastSeq),
  );
  const missing = lastSeq - firstSeq + 1 - there.size - unreadable;
  if (missing <= 0) return [];
  const detail = `${missing} of the rows ${firstSeq} to ${lastSeq} are not there`;
  return [{ fault: "row-missing", row: 0, detail, missing }];
}

/** The bytes are those that JSON makes of the lines, and each row has the fields of its version. */
function isCanonical(bytes: Uint8Array, lines: readonly unknown[], isWhole: boolean): boolean {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const again = new TextEncoder().encode(text);
  const [header, ...rows] = lines as Record<string, unknown>[];
  const version = header?.v as keyof typeof rowFields;
  return (
    isWhole &&
    fieldsOf(header) === (version === 1 ? headerOf1 : `${headerOf1},incarnation,prices`) &&
    rows.every((row) => rowFields[version].has(fieldsOf(row)) && hasWorkInOrder(row)) &&
    // What was longer would have a further line, and so a further row.
    again.every((byte, index) => byte === bytes[index])
  );
}

const headerOf1 = "v,ledger,number,previous,firstSeq,lastSeq,count,sealedAt";
const rowOf1 = "seq,job,at,outcome,outputs,bytesIn,bytesOut,pixels,computeUnits";
const rowsOf2 = ["", ",unitsVersion", ",engineVersion", ",unitsVersion,engineVersion"].map(
  (versions) => `${rowOf1}${versions}`,
);
/** By the segment's version. */
const rowFields = {
  1: new Set([rowOf1]),
  2: new Set(rowsOf2),
  3: new Set([...rowsOf2, ...rowsOf2.map((fields) => `${fields},work`)]),
} as const;
const workFields = new Set(
  ["", "key,", "trace,", "key,trace,"].map((known) => `${known}sourcePixels,renderMillis,files`),
);

const fieldsOf = (line: object | undefined): string => Object.keys(line ?? {}).join();

function hasWorkInOrder({ work }: { readonly work?: unknown }): boolean {
  if (work === undefined) return true;
  const { files } = work as RowWork;
  return (
    workFields.has(fieldsOf(work as object)) &&
    files.every((file) => fieldsOf(file) === "format,bytes,pixels")
  );
}

function linesOf(bytes: Uint8Array): unknown[] {
  const texts = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })
    .decode(bytes)
    .split("\n");
  if (texts.at(-1) === "") texts.pop();
  return texts.map((text): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  });
}

function headerOf(line: unknown) {
  if (typeof line !== "object" || line === null) return null;
  const fields = line as Record<string, unknown>;
  const { v, ledger, number, previous, firstSeq, lastSeq, count, sealedAt } = fields;
  const { incarnation = 1, prices = null } = fields;
  if ((v !== 1 && v !== 2 && v !== 3) || typeof ledger !== "string" || typeof previous !== "string")
    return null;
  if (!isCount(number) || !isCount(firstSeq) || !isCount(lastSeq)) return null;
  if (!isCount(count) || !isCount(sealedAt) || !isCount(incarnation)) return null;
  if (prices !== null && typeof prices !== "string") return null;
  return { ledger, number, previous, firstSeq, lastSeq, count, incarnation, prices };
}

function rowOf(line: unknown): Row | null {
  const row = (line ?? {}) as Row;
  const { seq, job, at, outcome, outputs, bytesIn, bytesOut, pixels, computeUnits } = row;
  if (typeof job !== "string" || (outcome !== "done" && outcome !== "failed")) return null;
  const figures = [seq, at, outputs, bytesIn, bytesOut, pixels, computeUnits];
  if (!figures.every(isCount) || Number.isNaN(new Date(at).getTime())) return null;
  if (outcome === "failed" && outputs + bytesOut + pixels + computeUnits > 0) return null;
  return row.work === undefined || isWork(row.work) ? row : null;
}

function isWork(work: unknown): boolean {
  if (typeof work !== "object" || work === null) return false;
  const { key = "", trace = "", sourcePixels, renderMillis, files } = work as RowWork;
  return (
    [key, trace].every((id) => typeof id === "string") &&
    [sourcePixels, renderMillis].every(isCount) &&
    Array.isArray(files) &&
    files.every(isFile)
  );
}

function isFile(file: unknown): boolean {
  if (typeof file !== "object" || file === null) return false;
  const { format, bytes, pixels } = file as RowWork["files"][number];
  return typeof format === "string" && [bytes, pixels].every(isCount);
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
