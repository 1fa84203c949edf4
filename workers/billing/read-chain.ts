import { expectedAfter, foldSegment, type Checkpoint } from "../../core/billing/checkpoint.ts";
import { openSegment, type SegmentFault, type Watermark } from "../../core/ledger/segment.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Head } from "../../core/books/transparency.ts";
import type { BooksStore } from "./books-store.ts";

/** Why a ledger's chain cannot be trusted. A person has to look: nothing heals this by itself. */
export interface ChainFault {
  readonly segment: number;
  readonly reason:
    | SegmentFault["reason"]
    | "missing"
    | "other-hash" // than the ledger itself says
    | "ledger-is-behind" // what was read before is not in the chain any more
    | "other-than-witnessed" // forked or rewritten: the witness signed another hash
    | "head-not-ours"; // the stored head has no signature of the witness
  readonly line?: number;
}

export interface ChainReading {
  readonly checkpoint: Checkpoint;
  /** Whether everything up to the watermark has been read. */
  readonly whole: boolean;
}

/**
 * Reads the ledger's chain from the checkpoint towards its watermark, `segmentsMax` segments at most, and
 * folds what it finds. A fault anywhere discards the whole reading: a segment is vouched for only by what
 * comes after it, the last one by the hash in the watermark. Where the chain passes the head that was
 * `witnessed` last, it must be that one, also when the checkpoint was lost.
 */
export async function readChain(
  store: Pick<BooksStore, "segment">,
  from: Checkpoint,
  { watermark, witnessed }: { readonly watermark: Watermark; readonly witnessed: Head | null },
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
    checkpoint = foldSegment(checkpoint, opened.value);
    if (differs(checkpoint, witnessed)) return err(forkAt(checkpoint));
  }
  const whole = checkpoint.nextSegment > watermark.segments;
  if (whole && watermark.segments > 0 && checkpoint.previousHash !== watermark.hash) {
    return err({ segment: watermark.segments, reason: "other-hash" });
  }
  return ok({ checkpoint, whole });
}

function differs({ nextSegment, previousHash }: Checkpoint, witnessed: Head | null): boolean {
  return witnessed?.number === nextSegment - 1 && witnessed.hash !== previousHash;
}

const forkAt = ({ nextSegment }: Checkpoint): ChainFault => ({
  segment: nextSegment - 1,
  reason: "other-than-witnessed",
});
