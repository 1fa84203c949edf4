import {
  creditChain,
  creditNoteHash,
  creditNoteHead,
  creditsOf,
  statementHash,
  type SignedCreditNote,
  type StatedCreditNote,
} from "../credit-note.ts";
import { signatureFault, type PublicKeys } from "../signature.ts";
import { headText } from "../transparency.ts";
import type { Anchors } from "./check-witness.ts";
import type { Findings } from "./report.ts";
import type { GivenStatement } from "./rebuild-statement.ts";
import { verifyLimits } from "./verify-limits.ts";

export interface CreditTask {
  readonly given: GivenStatement;
  readonly keys: PublicKeys;
  readonly anchors: Anchors;
  /** Notes that were kept apart from the statement, each when it was first seen. */
  readonly kept: readonly StatedCreditNote[];
}

/**
 * Holds a statement's credit notes to what the witness signed, and to the statement that they follow, which was rebuilt
 * from the rows. Gives the statement with them.
 */
export async function addCreditNotes(
  rebuilt: string,
  task: CreditTask,
  findings: Findings,
): Promise<string> {
  const { given } = task;
  const all = (given.creditNotes ?? []).slice(0, verifyLimits.creditNotesMax);
  const notes = all.filter((note, index) => isNote(note, index, findings));
  await checkNotes(rebuilt, notes, task, findings);
  checkComplete(notes, task, findings);
  const statement = JSON.parse(rebuilt) as { readonly totalMicros: number };
  const credits = creditsOf(notes, statement.totalMicros);
  if (credits.payableMicros < 0) {
    const detail = `${credits.creditedMicros} of ${statement.totalMicros} are credited`;
    findings.add("credit-notes-exceed-total", "credit notes", detail);
  }
  if (notes.length > 0 && given.status !== "final") {
    findings.add("credit-note-forged", "credit note 1", "the statement is not final");
  }
  return given.creditNotes === undefined ? rebuilt : JSON.stringify({ ...statement, ...credits });
}

/** Signed, in order, each with the hash of the one before it. */
async function checkNotes(
  rebuilt: string,
  notes: readonly StatedCreditNote[],
  { given, keys, anchors }: CreditTask,
  findings: Findings,
): Promise<void> {
  const { tenant, month, currency = "" } = given;
  const witness = { keys: keys.keys.filter(({ purpose }) => purpose === undefined) };
  const signed = anchors.get(creditChain(tenant, month));
  const [numbers, references] = [new Set<number>(), new Set<string>()];
  let previous = statementHash(rebuilt);
  for (const [index, stated] of notes.entries()) {
    const where = `credit note ${stated.number}`;
    const note: SignedCreditNote = { ...stated, tenant, month, currency };
    const hash = creditNoteHash(note);
    if (numbers.has(stated.number) || references.has(stated.reference)) {
      findings.add(
        "credit-note-repeated",
        where,
        `${JSON.stringify(stated.reference)} is there already`,
      );
    } else if (stated.number > index + 1 && !numbers.has(stated.number - 1)) {
      const missing = stated.number - 1;
      findings.add("credit-note-missing", `credit note ${missing}`, `${where} follows it`);
    } else if (stated.previous !== previous) {
      findings.add("credit-note-out-of-place", where, "it does not follow what is before it");
    }
    const head = creditNoteHead(note);
    const fault = await signatureFault(witness, headText(head), stated, stated.signedAt);
    if (fault !== null) {
      findings.add("credit-note-forged", where, `${fault}: the witness did not sign it so`);
    }
    const other = signed?.get(stated.number);
    if (other !== undefined && other !== hash) {
      findings.add("credit-note-forged", where, `its hash is ${hash}; the witness signed ${other}`);
    }
    numbers.add(stated.number);
    references.add(stated.reference);
    previous = hash;
  }
}

/** What the witness signed, or was kept before, is there. */
function checkComplete(
  notes: readonly StatedCreditNote[],
  { given, anchors, kept }: CreditTask,
  findings: Findings,
): void {
  const there = new Map(notes.map((note) => [note.number, JSON.stringify(note)]));
  const signed = [...(anchors.get(creditChain(given.tenant, given.month))?.keys() ?? [])];
  const numbers = [...signed, ...kept.map(({ number }) => number)];
  const last = numbers.reduce((most, number) => Math.max(most, number), 0);
  // A signed head of a note covers all notes before it.
  for (let number = 1; number <= Math.min(last, verifyLimits.creditNotesMax); number++) {
    if (there.has(number)) continue;
    findings.add(
      "credit-note-missing",
      `credit note ${number}`,
      "it was signed, or was there before",
    );
  }
  for (const note of kept) {
    const now = there.get(note.number);
    if (now === undefined || now === JSON.stringify(note)) continue;
    findings.add(
      "credit-note-forged",
      `credit note ${note.number}`,
      "an earlier export has another note of this number",
    );
  }
}

function isNote(note: unknown, index: number, findings: Findings): note is StatedCreditNote {
  const { number, reference, amountMicros, reason, issuedAt, previous, signedAt, key, signature } =
    (note ?? {}) as Partial<StatedCreditNote>;
  const isWellFormed =
    [number, amountMicros].every((figure) => Number.isSafeInteger(figure) && Number(figure) > 0) &&
    Number.isSafeInteger(signedAt) &&
    [reference, reason, issuedAt, previous, key, signature].every(
      (text) => typeof text === "string",
    );
  if (!isWellFormed) {
    findings.add("credit-note-forged", `credit note ${index + 1}`, "it is no credit note");
  }
  return isWellFormed;
}
