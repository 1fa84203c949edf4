/**
 * A segment is how usage leaves a ledger: a frozen run of events as JSON lines, numbered, and chained by hash to the
 * segment before it. The first line is the header; then comes one event a line, in order. The form is canonical (one
 * content has one byte sequence), so that anyone with the events can rebuild the bytes and therefore the hash.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { err, ok, type Result } from "../result.ts";
import { isCount, usageEventFrom, type UsageEvent } from "./usage.ts";
import { workFrom } from "./work.ts";

export interface SegmentContent {
  /** `<tenant>/<region>/<shard>`. */
  readonly ledger: string;
  /** From 1, gapless. */
  readonly number: number;
  /** Hash of the segment before this one; `firstPrevious` for number 1. */
  readonly previous: string;
  /** When the content was frozen, epoch milliseconds by the ledger's clock. */
  readonly sealedAt: number;
  /** At least one, with gapless `seq`. */
  readonly events: readonly UsageEvent[];
  /** With `origin`: the events say how the work was done. Absent: version 2, or 1 without `origin`. */
  readonly v?: 3;
  /** Absent in segments of version 1, whose events do not name their versions either. */
  readonly origin?: SegmentOrigin;
}

/** Under which circumstances a ledger froze a segment. */
export interface SegmentOrigin {
  /** From 1. It rises when the ledger was restored from a backup and then went on from what was stored. */
  readonly incarnation: number;
  /** Version of the price list in force. */
  readonly prices: string;
}

export interface SegmentHeader extends Partial<SegmentOrigin> {
  readonly v: 1 | 2 | 3;
  readonly ledger: string;
  readonly number: number;
  readonly previous: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly count: number;
  readonly sealedAt: number;
}

export interface SealedSegment {
  /** Where the bytes are stored. */
  readonly key: string;
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, hex. */
  readonly hash: string;
}

export interface OpenedSegment {
  readonly header: SegmentHeader;
  readonly events: readonly UsageEvent[];
  readonly hash: string;
}

/** What the reader already knows of the next segment in a chain. */
export interface ExpectedSegment {
  readonly ledger: string;
  readonly number: number;
  readonly previous: string;
  readonly firstSeq: number;
}

/** What the ledger reports as stored. */
export interface Watermark {
  /** Number of the last stored segment; 0 before the first. */
  readonly segments: number;
  /** Hash of that segment; `firstPrevious` before the first. */
  readonly hash: string;
  /** Every event settled before this moment (epoch milliseconds) is in a stored segment. */
  readonly sealedThrough: number;
  /** How many shards its tenant has, as far as this ledger knows. Absent: one. */
  readonly shards?: number;
  /** Incarnation of the next segments: higher after each restore from a backup. Absent in answers of older ledgers. */
  readonly incarnation?: number;
}

export type SegmentFault = {
  readonly reason:
    | "unreadable" // not UTF-8, not JSON lines, or a line lacks what it must hold
    | "other-ledger"
    | "other-number"
    | "broken-chain" // `previous` is not the hash of the segment before
    | "sequence-gap" // an event is missing, repeated or out of order
    | "not-canonical"; // the same content has other bytes: header figures, spacing, order or extra fields differ
  /** Line of the fault, from 1; absent when it is not one line's. */
  readonly line?: number;
};

/** What stands for the hash of segment 0. */
export const firstPrevious = "0".repeat(64);

/** Same content, same bytes. Throws when the content is not a segment (no events, a gap, an impossible event). */
export function sealSegment(content: SegmentContent): SealedSegment {
  const header = headerOf(content);
  for (const [index, event] of content.events.entries()) {
    if (event.seq !== header.firstSeq + index || usageEventFrom(event) === null) {
      throw new RangeError(
        `segment ${content.number} of ${content.ledger} cannot hold event ${event.seq}`,
      );
    }
  }
  const lines = [header, ...content.events.map(eventForms[header.v])].map(
    (line) => `${JSON.stringify(line)}\n`,
  );
  const bytes = new TextEncoder().encode(lines.join(""));
  return {
    key: segmentKey(content.ledger, content.number),
    bytes,
    hash: bytesToHex(sha256(bytes)),
  };
}

/**
 * The verified content of stored bytes. A value means: these are the canonical bytes of the expected segment, it
 * follows the expected predecessor, and its events are whole and gapless. That this segment itself was not
 * rewritten is shown by its successor's `previous`, or for the last one by the hash that the ledger reports.
 */
export function openSegment(
  bytes: Uint8Array,
  expected: ExpectedSegment,
): Result<OpenedSegment, SegmentFault> {
  const lines = parseLines(bytes);
  if (lines === null) return err({ reason: "unreadable" });
  const [first, ...rest] = lines;
  const header = contentHeaderFrom(first);
  if (header === null || rest.length === 0) return err({ reason: "unreadable", line: 1 });
  if (header.ledger !== expected.ledger) return err({ reason: "other-ledger", line: 1 });
  if (header.number !== expected.number) return err({ reason: "other-number", line: 1 });
  if (header.previous !== expected.previous) return err({ reason: "broken-chain", line: 1 });

  const events: UsageEvent[] = [];
  for (const [index, value] of rest.entries()) {
    const event = usageEventFrom(value);
    if (event === null) return err({ reason: "unreadable", line: index + 2 });
    if (event.seq !== expected.firstSeq + index)
      return err({ reason: "sequence-gap", line: index + 2 });
    events.push(event);
  }

  const content: SegmentContent = { ...header, events };
  const sealed = sealSegment(content);
  if (!sameBytes(sealed.bytes, bytes)) return err({ reason: "not-canonical" });
  return ok({ header: headerOf(content), events, hash: sealed.hash });
}

/** Ten digits keep the keys of one ledger in order when listed. */
export function segmentKey(ledger: string, number: number): string {
  return `segments/${ledger}/${String(number).padStart(10, "0")}.jsonl`;
}

function headerOf(content: SegmentContent): SegmentHeader {
  const { ledger, number, previous, sealedAt, events, origin } = content;
  const first = events[0];
  if (first === undefined) throw new RangeError(`segment ${number} of ${ledger} has no events`);
  const lastSeq = first.seq + events.length - 1;
  const span = { firstSeq: first.seq, lastSeq, count: events.length };
  if (!origin) return { v: 1, ledger, number, previous, ...span, sealedAt };
  const { incarnation, prices } = origin;
  const v = content.v ?? 2;
  return { v, ledger, number, previous, ...span, sealedAt, incarnation, prices };
}

/** Rebuilt field by field, so that the order and the extra fields of a caller's object do not reach the bytes. */
function eventInOrder({
  seq,
  job,
  at,
  outcome,
  outputs,
  bytesIn,
  bytesOut,
  pixels,
  computeUnits,
}: UsageEvent) {
  return { seq, job, at, outcome, outputs, bytesIn, bytesOut, pixels, computeUnits };
}

/** In version 2 an event also names the versions that it was counted and rendered by; JSON omits unknown ones. */
function eventWithVersions(event: UsageEvent) {
  const { unitsVersion, engineVersion } = event;
  return { ...eventInOrder(event), unitsVersion, engineVersion };
}

/** In version 3 also how the work was done, where that is known. */
function eventWithWork(event: UsageEvent) {
  return { ...eventWithVersions(event), work: workFrom(event.work) };
}

const eventForms = { 1: eventInOrder, 2: eventWithVersions, 3: eventWithWork } as const;

function parseLines(bytes: Uint8Array): unknown[] | null {
  try {
    const lines = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes)
      .split("\n");
    // The last newline ends the last line; what follows it must be nothing.
    if (lines.pop() !== "") return null;
    return lines.map((line): unknown => JSON.parse(line));
  } catch {
    return null;
  }
}

/** Only the fields that cannot be derived; the derived ones are checked by sealing the content again. */
function contentHeaderFrom(value: unknown): Omit<SegmentContent, "events"> | null {
  if (typeof value !== "object" || value === null) return null;
  const { v, ledger, number, previous, sealedAt, incarnation, prices } = value as Partial<
    Record<keyof SegmentHeader, unknown>
  >;
  if (typeof ledger !== "string" || !isCount(number)) return null;
  if (typeof previous !== "string" || !isCount(sealedAt)) return null;
  if (v === 1) return { ledger, number, previous, sealedAt };
  if ((v !== 2 && v !== 3) || !isCount(incarnation) || typeof prices !== "string") return null;
  const origin = { incarnation, prices };
  return { ledger, number, previous, sealedAt, origin, ...(v === 3 && { v }) };
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
