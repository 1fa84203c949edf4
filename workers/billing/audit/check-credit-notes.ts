import type { Tally } from "../../../core/billing/audit-report.ts";
import type { IssuedCreditNote } from "../../../core/billing/credit-note.ts";
import {
  creditNoteHash,
  creditNoteHead,
  type CreditNote,
  type SignedCreditNote,
} from "../../../core/books/credit-note.ts";
import { headText } from "../../../core/books/transparency.ts";
import type { Month } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import { chainedNotes } from "../credits/write-credit-notes.ts";
import type { AuditPorts } from "./ports.ts";

/** The tenant's credit notes in the books against those that the Directory issued. */
export async function checkCreditNotes(
  ports: AuditPorts,
  tenant: string,
  tally: Tally,
): Promise<void> {
  // What is in the books was issued before, so that nothing which is issued meanwhile is named.
  const names = await ports.store.creditNoteNames(tenant);
  const issued = await ports.creditNotes(tenant);
  for (const [month, notes] of Map.groupBy(issued, (note) => note.month)) {
    await checkMonth(ports, tenant, month, notes, tally);
  }
  const known = new Set(issued.map(({ month, number }) => `${month}/${number}`));
  const isWhole = issued.length < limits.creditNotesAuditedMax;
  for (const name of isWhole ? names : []) {
    tally.expect(
      known.has(name),
      breachOf(tenant, name, "the books have it, and nobody issued it"),
    );
  }
}

async function checkMonth(
  ports: AuditPorts,
  tenant: string,
  month: Month,
  issued: readonly IssuedCreditNote[],
  tally: Tally,
): Promise<void> {
  const statement = await ports.store.statement(tenant, month);
  const expected = statement && expectedNotes(() => chainedNotes(statement, issued));
  const stored = await ports.store.creditNotes(tenant, month);
  for (const [index, { number, issuedAt, inBooks }] of issued.entries()) {
    // The next run of the clock writes what was cut off.
    if (!inBooks && issuedAt + limits.auditSlackMillis > ports.now()) continue;
    const detail = await faultOf(ports, stored[index], expected?.[index]);
    tally.expect(detail === null, breachOf(tenant, `${month}/${number}`, detail ?? ""));
  }
}

async function faultOf(
  { witness }: AuditPorts,
  stored: SignedCreditNote | undefined,
  expected: CreditNote | undefined,
): Promise<string | null> {
  if (!stored) return "it was issued, and the books do not have it";
  if (!expected) return "it does not go with its statement";
  if (creditNoteHash(stored) !== creditNoteHash(expected)) return "the books have another one";
  const fault = await witness.faultOf(headText(creditNoteHead(stored)), stored, stored.signedAt);
  return fault && "it has no signature of the witness";
}

/** Null where they exceed the statement or have gaps. */
function expectedNotes(chain: () => CreditNote[]): CreditNote[] | null {
  try {
    return chain();
  } catch {
    return null;
  }
}

const breachOf = (tenant: string, name: string, detail: string) =>
  ({
    invariant: "credit-notes-are-those-issued",
    ledger: tenant,
    subject: `credit note ${name}`,
    detail,
  }) as const;
