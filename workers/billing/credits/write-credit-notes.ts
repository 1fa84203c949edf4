import type { IssuedCreditNote } from "../../../core/billing/credit-note.ts";
import type { Statement } from "../../../core/billing/statement.ts";
import {
  creditChain,
  creditNoteHash,
  creditNoteHead,
  statementHash,
  type CreditNote,
  type SignedCreditNote,
} from "../../../core/books/credit-note.ts";
import { headText } from "../../../core/books/transparency.ts";
import type { RollUpPorts } from "../ports.ts";

type Ports = Pick<RollUpPorts, "store" | "witnessStore" | "witness" | "now">;

/**
 * The notes as their texts follow from the statement and from each other. Throws where they do not fit together: then
 * the Directory and the books differ, and an operator has to find out why.
 */
export function chainedNotes(
  statement: Statement,
  issued: readonly IssuedCreditNote[],
): CreditNote[] {
  let previous = statementHash(JSON.stringify(statement));
  let leftMicros = statement.totalMicros;
  return issued.map(({ number, reference, amountMicros, reason, issuedAt }, index) => {
    leftMicros -= amountMicros;
    if (number !== index + 1 || leftMicros < 0) {
      throw new RangeError(`credit note ${number} of ${statement.month} does not fit`);
    }
    const { tenant, month, currency } = statement;
    const said = { tenant, month, number, reference, amountMicros, currency, reason };
    const note = { ...said, issuedAt: new Date(issuedAt).toISOString(), previous };
    previous = creditNoteHash(note);
    return note;
  });
}

/**
 * Writes a month's notes, all of them as they were issued, into the books: signed, each once, the signed head waiting
 * for the log. May be cut off anywhere and run again. Throws where the books have another note in its place.
 */
export async function writeCreditNotes(
  ports: Ports,
  statement: Statement,
  issued: readonly IssuedCreditNote[],
): Promise<SignedCreditNote[]> {
  const written: SignedCreditNote[] = [];
  for (const [index, note] of chainedNotes(statement, issued).entries()) {
    const stored = await ports.store.putCreditNote(await signed(ports, note));
    if (creditNoteHash(stored) !== creditNoteHash(note)) {
      throw new Error(`the books have another credit note ${note.number} of ${note.month}`);
    }
    // What the books are known to have is in the log as well.
    if (!issued[index]?.inBooks) await logNote(ports, stored);
    written.push(stored);
  }
  return written;
}

async function signed(ports: Ports, note: CreditNote): Promise<SignedCreditNote> {
  const dated = { ...note, signedAt: ports.now() };
  return { ...dated, ...(await ports.witness.sign(headText(creditNoteHead(dated)))) };
}

/** As any other head: it waits to be logged before it becomes its chain's last. */
async function logNote({ witnessStore }: Ports, note: SignedCreditNote): Promise<void> {
  const { key, signature } = note;
  const head = { ...creditNoteHead(note), key, signature };
  await witnessStore.putPending(head);
  const known = await witnessStore.head(creditChain(note.tenant, note.month));
  if ((known.value?.number ?? 0) >= head.number) return;
  await witnessStore.replaceHead(head, known.version);
}
