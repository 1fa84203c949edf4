import { contradicts, openReceipt, type Receipt, type ReceiptFault } from "../receipt.ts";
import type { PublicKeys } from "../signature.ts";
import { readSegment, type Row } from "./read-segment.ts";

/** The part of a month's kept books that a receipt is compared with. */
export interface KeptRecords {
  readonly keys: PublicKeys;
  readonly kept: readonly { readonly ledger: string; readonly number: number }[];
  segment(ledger: string, number: number): Promise<Uint8Array | null>;
}

export type ReceiptVerdict =
  | { readonly verdict: "recorded"; readonly receipt: Receipt; readonly segment: number }
  /** The records that were kept do not go so far. */
  | { readonly verdict: "not-kept"; readonly receipt: Receipt }
  /** They go beyond its place, and have something else there and its job nowhere, or with other figures. */
  | { readonly verdict: "contradicted"; readonly receipt: Receipt; readonly detail: string }
  | { readonly verdict: "not-signed"; readonly fault: ReceiptFault };

/**
 * Holds a receipt to the records that were kept, offline. Whether those are the ones that the witness signed is for
 * `verifyBooks` to say. The job's record may have another number where its ledger was restored from a backup.
 */
export async function checkReceipt(books: KeptRecords, jws: string): Promise<ReceiptVerdict> {
  const opened = await openReceipt(books.keys, jws);
  if ("fault" in opened) return { verdict: "not-signed", fault: opened.fault };
  const { receipt } = opened;
  let isCovered = false;
  for (const { ledger, number } of books.kept) {
    if (ledger !== receipt.ledger) continue;
    const bytes = await books.segment(ledger, number);
    const { segment = null } = bytes ? readSegment(bytes) : {};
    const row = segment?.rows.find(({ job }) => job === receipt.job);
    if (row && contradicts(receipt, row)) {
      return { verdict: "contradicted", receipt, detail: figuresOf(row) };
    }
    if (row) return { verdict: "recorded", receipt, segment: number };
    isCovered ||= segment !== null && isWithin(receipt.sequence, segment);
  }
  if (!isCovered) return { verdict: "not-kept", receipt };
  return { verdict: "contradicted", receipt, detail: "its place has another job, and it has none" };
}

const isWithin = (sequence: number, { firstSeq, lastSeq }: { firstSeq: number; lastSeq: number }) =>
  sequence >= firstSeq && sequence <= lastSeq;

const figuresOf = ({ seq, outcome, outputs, computeUnits }: Row): string =>
  `record ${seq} says ${outcome}, ${outputs} renditions, ${computeUnits} units`;
