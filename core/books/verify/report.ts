import { verifyLimits } from "./verify-limits.ts";

/** What is wrong with a month's books. Names never change, so that programs can tell them apart. */
export type FaultName =
  // A segment
  | "segment-missing"
  | "segment-unreadable"
  | "segment-out-of-place" // it is another ledger's, or has another number: repeated, reordered, or foreign
  | "segment-changed" // its hash is not what the next segment or the statement says
  | "segment-not-canonical" // the same content has other bytes
  | "segment-not-named" // neither the statement nor a head has it
  | "incarnation-goes-back"
  // A row
  | "row-unreadable"
  | "row-missing"
  | "row-repeated"
  | "row-out-of-order"
  | "job-billed-twice"
  // What the witness signed
  | "unknown-key"
  | "retired-key" // signed with an old key, at a time when it was retired
  | "bad-signature"
  | "log-unreadable"
  | "hour-not-in-tree" // the signed root is not that of the log
  | "log-goes-back"
  | "months-not-linked"
  | "head-not-in-hour"
  | "forked" // two heads of one chain have the same number and other hashes
  | "other-than-witnessed" // the segment is not the one whose hash was signed: rewritten, or sealed again
  | "not-witnessed" // no signed head covers it
  // The credit notes
  | "credit-note-missing"
  | "credit-note-repeated"
  | "credit-note-out-of-place" // it names another one before it
  | "credit-note-forged" // the witness did not sign it so
  | "credit-notes-exceed-total"
  // The statement
  | "statement-unreadable"
  | "price-list-missing"
  | "sums-differ"
  | "statement-differs";

export interface Fault {
  readonly fault: FaultName;
  /** A segment (`tnt_…/eu/0 12`), a row of it (`… row 3`), an hour or a part of the statement. */
  readonly where: string;
  readonly detail: string;
}

export interface BooksReport {
  /** Segments and rows that were read. */
  readonly segments: number;
  readonly events: number;
  /** Segments and rows that are missing. */
  readonly gaps: number;
  readonly badSignatures: number;
  readonly badProofs: number;
  /** All differences between the statement's figures and the rows' sums, added up. */
  readonly sumsDifference: number;
  readonly statement: "identical" | "differs";
  /** Empty: everything holds. At most `faultsMax`. */
  readonly faults: readonly Fault[];
}

const signatures: ReadonlySet<FaultName> = new Set(["unknown-key", "retired-key", "bad-signature"]);
const proofs: ReadonlySet<FaultName> = new Set([
  "log-unreadable",
  "hour-not-in-tree",
  "log-goes-back",
  "months-not-linked",
  "head-not-in-hour",
  "forked",
  "other-than-witnessed",
  "not-witnessed",
]);

/** Counts what is read and found. */
export class Findings {
  readonly faults: Fault[] = [];
  segments = 0;
  events = 0;
  gaps = 0;
  badSignatures = 0;
  badProofs = 0;
  sumsDifference = 0;
  statement: BooksReport["statement"] = "differs";

  add(fault: FaultName, where: string, detail: string): void {
    if (signatures.has(fault)) this.badSignatures += 1;
    if (proofs.has(fault)) this.badProofs += 1;
    if (this.faults.length < verifyLimits.faultsMax) this.faults.push({ fault, where, detail });
  }

  report(): BooksReport {
    const { segments, events, gaps, badSignatures, badProofs } = this;
    const { sumsDifference, statement, faults } = this;
    return {
      ...{ segments, events, gaps, badSignatures, badProofs },
      ...{ sumsDifference, statement, faults },
    };
  }
}
