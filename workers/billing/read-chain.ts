import { expectedAfter, foldSegment, type Checkpoint } from "../../core/billing/checkpoint.ts";
import { openSegment, type SegmentFault, type Watermark } from "../../core/ledger/segment.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { BooksStore } from "./books-store.ts";

/** Why a ledger's chain cannot be trusted. A person has to look: nothing heals this by itself. */
export interface ChainFault {
  readonly segment: number;
  readonly reason: SegmentFault["reason"] | "missing" | "other-hash" | "ledger-is-behind";
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
 * comes after it, the last one by the hash in the watermark.
 */
export async function readChain(
  store: BooksStore,
  from: Checkpoint,
  watermark: Watermark,
  segmentsMax: number,
): Promise<Result<ChainReading, ChainFault>> {
  if (watermark.segments < from.nextSegment - 1) {
    return err({ segment: watermark.segments, reason: "ledger-is-behind" });
  }
  const stop = Math.min(watermark.segments, from.nextSegment + segmentsMax - 1);
  let checkpoint = from;
  while (checkpoint.nextSegment <= stop) {
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
