import type {
  CreditedMonth,
  CreditedStatement,
  CreditNoteRefusal,
  CreditNoteRequest,
  IssuedCreditNote,
} from "../../../core/billing/credit-note.ts";
import type { Statement } from "../../../core/billing/statement.ts";
import { creditsOf } from "../../../core/books/credit-note.ts";
import { inTime } from "../../../core/deadline.ts";
import type { Month } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { BooksStore } from "../books-store.ts";
import type { RollUpPorts } from "../ports.ts";
import { writeCreditNotes } from "./write-credit-notes.ts";

/** The Directory, which decides which notes there are. */
export interface CreditRegister {
  issueCreditNote(
    asked: CreditedMonth & CreditNoteRequest,
    totalMicros: number,
  ): Promise<Result<IssuedCreditNote[], CreditNoteRefusal>>;
  unwrittenCreditNotes(): Promise<IssuedCreditNote[][]>;
  creditNotesWritten(tenant: string, month: Month, number: number): Promise<void>;
}

type Ports = Pick<RollUpPorts, "store" | "witnessStore" | "witness" | "now">;

/** Null when the tenant has no statement for the month. */
export async function creditedStatement(
  store: BooksStore,
  tenant: string,
  month: Month,
): Promise<CreditedStatement | null> {
  const statement = await store.statement(tenant, month);
  // Only what is final is credited.
  if (statement?.status !== "final") return statement;
  const notes = await store.creditNotes(tenant, month);
  if (notes.length === 0) return statement;
  return { ...statement, ...creditsOf(notes, statement.totalMicros) };
}

/**
 * Issues a credit note against a final statement. The Directory decides, with its entry in the audit trail; then it is
 * written into the books. Asking again gives the same note, and writes what was cut off.
 */
export async function issueCreditNote(
  ports: Ports,
  register: CreditRegister,
  asked: CreditedMonth & CreditNoteRequest,
): Promise<Result<CreditedStatement, CreditNoteRefusal>> {
  const { tenant, month } = asked;
  if ((await ports.store.statement(tenant, month)) === null) return err({ reason: "no-statement" });
  const final = await ports.store.finalStatement(tenant, month);
  if (final === null) return err({ reason: "not-final" });
  const call = register.issueCreditNote(asked, final.totalMicros);
  const issued = await inTime(globalThis, limits.objectMillisMax, call);
  if (!issued.ok) return issued;
  return ok(await enter(ports, register, final, issued.value));
}

/** Writes those that were issued and cut off before they were in the books. Never throws: the next run tries again. */
export async function writeUnwritten(ports: Ports, register: CreditRegister): Promise<void> {
  try {
    const call = register.unwrittenCreditNotes();
    for (const notes of await inTime(globalThis, limits.objectMillisMax, call)) {
      await enterMonth(ports, register, notes);
    }
  } catch (cause) {
    console.error({ event: "credit-notes-not-written", cause: String(cause) });
  }
}

/** One month whose notes do not fit holds up no other. */
async function enterMonth(
  ports: Ports,
  register: CreditRegister,
  notes: readonly IssuedCreditNote[],
): Promise<void> {
  const [{ tenant, month } = { tenant: "", month: null }] = notes;
  try {
    const final = month && (await ports.store.finalStatement(tenant, month));
    if (!final) throw new Error("its statement is not final");
    await enter(ports, register, final, notes);
  } catch (cause) {
    console.error({ event: "credit-notes-not-written", tenant, month, cause: String(cause) });
  }
}

async function enter(
  ports: Ports,
  register: CreditRegister,
  final: Statement,
  issued: readonly IssuedCreditNote[],
): Promise<CreditedStatement> {
  const notes = await writeCreditNotes(ports, final, issued);
  const { tenant, month } = final;
  const call = register.creditNotesWritten(tenant, month, notes.length);
  await inTime(globalThis, limits.objectMillisMax, call);
  return { ...final, ...creditsOf(notes, final.totalMicros) };
}
