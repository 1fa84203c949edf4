import { expectedAfter, foldSegment, type Checkpoint } from "../../core/billing/checkpoint.ts";
import { priceLists } from "../../core/billing/price-list.ts";
import {
  openSegment,
  type OpenedSegment,
  type SegmentFault,
  type Watermark,
} from "../../core/ledger/segment.ts";
import { monthStart } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Head } from "../../core/books/transparency.ts";
import type { BooksStore } from "./books-store.ts";

/**
 * Why a ledger's chain cannot be trusted. An operator has to find out why; only an event from the future resolves by
 * itself.
 */
export interface ChainFault {
  readonly segment: number;
  readonly reason:
    | SegmentFault["reason"]
    | "missing"
    | "other-hash" // than the ledger itself says
    | "ledger-is-behind" // what was read before is not in the chain any more
    | "impossible-time" // an event from before there were prices, or from the future
    | "other-than-witnessed" // forked or rewritten: the witness signed another hash
    | "head-not-ours"; // the stored head has no signature of the witness
  readonly line?: number;
}

export interface ChainReading {
  readonly checkpoint: Checkpoint;
  /** Whether everything up to the watermark has been read. */
  readonly whole: boolean;
}

export interface ChainClaims {
  readonly watermark: Watermark;
  readonly witnessed: Head | null;
  /** Epoch milliseconds by the reader's clock. */
  readonly now: number;
}

/**
 * Reads the ledger's chain from the checkpoint towards its watermark, `segmentsMax` segments at most, and
 * folds what it finds. A fault anywhere discards the whole reading: a segment is confirmed only by what
 * comes after it, the last one by the hash in the watermark. Where the chain passes the head that was
 * `witnessed` last, it must be that one, also when the checkpoint was lost.
 */
export async function readChain(
  store: Pick<BooksStore, "segment">,
  from: Checkpoint,
  { watermark, witnessed, now }: ChainClaims,
  segmentsMax: number,
): Promise<Result<ChainReading, ChainFault>> {
  const known = Math.max(from.nextSegment - 1, witnessed?.number ?? 0);
  if (watermark.segments < known) {
    return err({ segment: watermark.segments, reason: "ledger-is-behind" });
  }
  if (differs(from, witnessed)) return err(forkAt(from));
  const stop = Math.min(watermark.segments, from.nextSegment + segmentsMax - 1);
  let checkpoint = from;
  while (checkpoint.nextSegment <= stop) {
    const segment = checkpoint.nextSegment;
    const bytes = await store.segment(from.ledger, segment);
    if (bytes === null) return err({ segment, reason: "missing" });
    const opened = openSegment(bytes, expectedAfter(checkpoint));
    if (!opened.ok) return err({ segment, ...opened.error });
    if (!isPossible(opened.value, now)) return err({ segment, reason: "impossible-time" });
    checkpoint = foldSegment(checkpoint, opened.value);
    if (differs(checkpoint, witnessed)) return err(forkAt(checkpoint));
  }
  const whole = checkpoint.nextSegment > watermark.segments;
  if (whole && watermark.segments > 0 && checkpoint.previousHash !== watermark.hash) {
    return err({ segment: watermark.segments, reason: "other-hash" });
  }
  return ok({ checkpoint, whole });
}

/** Months without prices, and months by the thousand that never come, would hold up all that the tenant has used. */
function isPossible({ events }: OpenedSegment, now: number): boolean {
  const [first] = priceLists;
  const from = first ? monthStart(first.from) : Infinity;
  return events.every(({ at }) => at >= from && at <= now + limits.eventsAheadMillis);
}

function differs({ nextSegment, previousHash }: Checkpoint, witnessed: Head | null): boolean {
  return witnessed?.number === nextSegment - 1 && witnessed.hash !== previousHash;
}

const forkAt = ({ nextSegment }: Checkpoint): ChainFault => ({
  segment: nextSegment - 1,
  reason: "other-than-witnessed",
});
