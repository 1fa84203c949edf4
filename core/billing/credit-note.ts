import * as z from "zod/mini";
import type { Credits } from "../books/credit-note.ts";
import type { Month } from "../ledger/usage.ts";
import { limits } from "../limits.ts";
import type { Statement } from "./statement.ts";

/** What an operator says of a credit note. */
export type CreditNoteRequest = z.infer<typeof creditNoteSchema>;
export const creditNoteSchema = z.strictObject({
  amountMicros: z.int().check(z.minimum(1)),
  // It is shown in statements and logs.
  reason: z
    .string()
    .check(
      z.trim(),
      z.minLength(1),
      z.maxLength(limits.creditNoteReasonCharsMax),
      z.regex(/^[^\p{Cc}\p{Cs}]*$/u, "Control characters cannot be shown"),
    ),
});

/** The operator's own name for the note, such as the number of a ticket. One reference is one note of its month. */
export const creditReferencePattern = `^[A-Za-z0-9][A-Za-z0-9-]{0,${limits.creditNoteReferenceCharsMax - 1}}$`;

/** The statement that is credited, and under which reference. */
export interface CreditedMonth {
  readonly tenant: string;
  readonly month: Month;
  readonly reference: string;
}

/** As the Directory decided it. The same note has the same bytes in the books, whenever it is written there. */
export interface IssuedCreditNote extends CreditedMonth, CreditNoteRequest {
  /** Its number among the month's notes, from 1 without gaps. */
  readonly number: number;
  /** Epoch milliseconds by the Directory's clock. */
  readonly issuedAt: number;
  /** Whether the books are known to have it. */
  readonly inBooks: boolean;
}

/** A statement as people see it: with what was credited, where something was. */
export type CreditedStatement = Statement & Partial<Credits>;

export type CreditNoteRefusal =
  /** More than what the earlier notes leave to pay. */
  | { readonly reason: "too-much"; readonly leftMicros: number }
  /** The month has as many as it may have. */
  | { readonly reason: "too-many" }
  /** The reference has a note with another amount or reason. */
  | { readonly reason: "other-note" }
  /** The month's statement may still change. */
  | { readonly reason: "not-final" }
  /** There is no statement. */
  | { readonly reason: "no-statement" };
