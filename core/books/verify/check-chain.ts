import type { Anchors } from "./check-witness.ts";
import { hashOf, readSegment, type Row, type Segment } from "./read-segment.ts";
import type { FaultName, Findings } from "./report.ts";

/** The part of a ledger's chain that a statement needs, and what reads it. */
export interface ChainTask {
  readonly ledger: string;
  readonly first: number;
  readonly last: number;
  /** Hashes that the statement names: number of the segment → hash. */
  readonly stated: ReadonlyMap<number, string>;
  readonly anchors: Anchors;
  /** Null: it is not there. */
  readonly read: (number: number) => Promise<Uint8Array | null>;
  /** Gets every row of the segments from `first` to `last`. */
  readonly onRow: (row: Row, segment: number) => void;
}

/** The last segment to read: the first one from `last` on whose hash was signed, else `last` itself. */
export function lastToRead(
  anchors: Anchors,
  { ledger, last }: { readonly ledger: string; readonly last: number },
): number {
  const signed = [...(anchors.get(ledger)?.keys() ?? [])].filter((number) => number >= last);
  return signed.length > 0 ? signed.reduce((least, number) => Math.min(least, number)) : last;
}

/**
 * Reads the chain backwards from a segment whose hash was signed: each segment is held to the hash that the one
 * after it, the statement and the witness give for it, so that the one that was changed is the one that is named.
 */
export async function checkChain(task: ChainTask, findings: Findings): Promise<void> {
  const { ledger, first, last, anchors } = task;
  const top = lastToRead(anchors, task);
  if (!anchors.get(ledger)?.has(top)) {
    findings.add("not-witnessed", `${ledger} ${last}`, "no head that was signed covers it");
  }
  let next: Segment | null = null;
  for (let number = top; number >= first; number--) {
    const bytes = await task.read(number);
    if (bytes === null) {
      findings.gaps += 1;
      findings.add("segment-missing", `${ledger} ${number}`, "it is not there");
    }
    next = bytes && checkSegment(task, { number, bytes, next }, findings);
  }
}

/** One segment and the one after it. Gives the segment, if it is the one that belongs there. */
function checkSegment(
  task: ChainTask,
  { number, bytes, next }: { number: number; bytes: Uint8Array; next: Segment | null },
  findings: Findings,
): Segment | null {
  const where = `${task.ledger} ${number}`;
  findings.segments += 1;
  checkHash(task, number, hashOf(bytes), next, findings);
  const { segment, faults } = readSegment(bytes);
  for (const { fault, row, detail, missing = 0 } of faults) {
    findings.gaps += missing;
    findings.add(fault, row > 0 ? `${where} row ${row}` : where, detail);
  }
  if (segment === null) {
    findings.add("segment-unreadable", where, "it has no header of a segment");
    return null;
  }
  takeRows(task, number, segment, findings);
  if (!isInPlace(task, number, segment, findings)) return null;
  if (next) compareWithNext(where, segment, next, findings);
  return segment;
}

function checkHash(
  { ledger, stated, anchors }: ChainTask,
  number: number,
  hash: string,
  next: Segment | null,
  findings: Findings,
): void {
  const claims: [FaultName, string, string | undefined][] = [
    ["segment-changed", `segment ${number + 1}`, next?.previous],
    ["segment-changed", "the statement", stated.get(number)],
    ["other-than-witnessed", "the witness", anchors.get(ledger)?.get(number)],
  ];
  for (const [fault, who, claimed] of claims) {
    if (claimed === undefined || claimed === hash) continue;
    findings.add(fault, `${ledger} ${number}`, `its hash is ${hash}; ${who} has ${claimed}`);
  }
}

function takeRows(
  { last, onRow }: ChainTask,
  number: number,
  { rows }: Segment,
  findings: Findings,
) {
  findings.events += rows.length;
  if (number <= last) for (const row of rows) onRow(row, number);
}

function isInPlace({ ledger }: ChainTask, number: number, segment: Segment, findings: Findings) {
  if (segment.ledger === ledger && segment.number === number) return true;
  const detail = `it is ${segment.ledger} ${segment.number}`;
  findings.add("segment-out-of-place", `${ledger} ${number}`, detail);
  return false;
}

function compareWithNext(where: string, segment: Segment, next: Segment, findings: Findings): void {
  if (next.incarnation < segment.incarnation) {
    const detail = `${segment.incarnation}, and ${next.incarnation} in the next`;
    findings.add("incarnation-goes-back", where, detail);
  }
  const between = next.firstSeq - segment.lastSeq - 1;
  if (between > 0) {
    findings.gaps += between;
    findings.add("row-missing", where, `${between} rows are not there between it and the next`);
  } else if (between < 0) {
    findings.add("row-repeated", where, `${-between} of its numbers are in the next segment too`);
  }
}
