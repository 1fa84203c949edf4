/**
 * Credit notes: what is taken off a final statement, which itself never changes. A month's notes are a chain of their
 * own that begins with the statement's hash, and the witness signs each as the head of that chain. So a note is logged,
 * proven and found missing in the same way as a ledger's records.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { hexOf } from "./hex.ts";
import type { Signature } from "./signature.ts";
import type { Head } from "./transparency.ts";

export interface CreditNote {
  readonly tenant: string;
  /** `YYYY-MM`, of the statement. */
  readonly month: string;
  /** Its number among the month's notes, from 1 without gaps. */
  readonly number: number;
  /** The operator's name for it. */
  readonly reference: string;
  /** What is taken off, more than 0. */
  readonly amountMicros: number;
  readonly currency: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly issuedAt: string;
  /** Hash of the note before; of the first, SHA-256 of the final statement's JSON. Hex. */
  readonly previous: string;
}

/** As the books keep it. The signature is over the text of its head. */
export interface SignedCreditNote extends CreditNote, Signature {
  /** When the witness signed it, epoch milliseconds. */
  readonly signedAt: number;
}

/** As a statement shows it, which says the rest itself. */
export type StatedCreditNote = Omit<SignedCreditNote, "tenant" | "month" | "currency">;

/** What a statement says when it has been credited. */
export interface Credits {
  readonly creditNotes: readonly StatedCreditNote[];
  readonly creditedMicros: number;
  /** The total, minus what is credited. */
  readonly payableMicros: number;
}

const sha256Hex = (text: string): string => hexOf(sha256(new TextEncoder().encode(text)));

/** `statement`: its JSON, as the books keep it. */
export const statementHash = (statement: string): string => sha256Hex(statement);

export function creditNoteHash(note: CreditNote): string {
  const { tenant, month, number, reference, amountMicros, currency } = note;
  const { reason, issuedAt, previous } = note;
  const said = { tenant, month, number, reference, amountMicros, currency };
  const text = JSON.stringify({ ...said, reason, issuedAt, previous });
  return sha256Hex(`minilab-credit-note-v1\n${text}`);
}

/** The chain's name in the witness's log. A region's name has no hyphen, so no ledger is called so. */
export const creditChain = (tenant: string, month: string): string =>
  `${tenant}/credit-notes/${month.replace("-", "")}`;

export function creditNoteHead(note: CreditNote & { readonly signedAt: number }): Head {
  const { tenant, month, number, signedAt: at } = note;
  const hash = creditNoteHash(note);
  return { ledger: creditChain(tenant, month), number, hash, events: number, at };
}

/** What is added to a statement of that total. The order of the fields is the format. */
export function creditsOf(notes: readonly StatedCreditNote[], totalMicros: number): Credits {
  const creditedMicros = notes.reduce((sum, { amountMicros }) => sum + amountMicros, 0);
  return {
    creditNotes: notes.map((note) => ({
      number: note.number,
      reference: note.reference,
      amountMicros: note.amountMicros,
      reason: note.reason,
      issuedAt: note.issuedAt,
      previous: note.previous,
      signedAt: note.signedAt,
      key: note.key,
      signature: note.signature,
    })),
    creditedMicros,
    payableMicros: totalMicros - creditedMicros,
  };
}
