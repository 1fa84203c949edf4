import { expectedAfter, foldSegment, type Checkpoint } from "../../core/billing/roll-up.ts";
import { openSegment, type SegmentFault, type Watermark } from "../../core/ledger/segment.ts";
import { limits } from "../../core/limits.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { BooksStore } from "./books-store.ts";

/** How many more segments this roll-up may read, over all ledgers. */
export interface SegmentBudget {
  left: number;
}

/** Why a ledger's chain cannot be trusted. A person has to look: nothing heals this by itself. */
export interface ChainFault {
  readonly segment: number;
  readonly reason: SegmentFault["reason"] | "missing" | "other-hash" | "ledger-is-behind";
  readonly line?: number;
}

export interface LedgerReading {
  readonly checkpoint: Checkpoint;
  /** Whether everything up to the watermark has been read. */
  readonly whole: boolean;
}

/**
 * Reads the ledger's chain from the checkpoint up to its watermark and folds what it finds. A fault
 * anywhere discards the whole reading: a segment is vouched for only by what comes after it, in the
 * end by the ledger's own word on its last one.
 */
export async function readLedger(
  store: BooksStore,
  from: Checkpoint,
  watermark: Watermark,
  budget: SegmentBudget,
): Promise<Result<LedgerReading, ChainFault>> {
  if (watermark.segments < from.nextSegment - 1) {
    return err({ segment: watermark.segments, reason: "ledger-is-behind" });
  }
  const stop = Math.min(
    watermark.segments,
    from.nextSegment + limits.rollUpSegmentsPerLedgerMax - 1,
  );
  let checkpoint = from;
  while (checkpoint.nextSegment <= stop && budget.left > 0) {
    budget.left -= 1;
    const segment = checkpoint.nextSegment;
    const bytes = await store.segment(from.ledger, segment);
    if (bytes === null) return err({ segment, reason: "missing" });
    const opened = openSegment(bytes, expectedAfter(checkpoint));
    if (!opened.ok) return err({ segment, ...opened.error });
    checkpoint = foldSegment(checkpoint, opened.value);
  }
  const whole = checkpoint.nextSegment > watermark.segments;
  if (whole && watermark.segments > 0 && checkpoint.previousHash !== watermark.hash) {
    return err({ segment: watermark.segments, reason: "other-hash" });
  }
  return ok({ checkpoint, whole });
}
