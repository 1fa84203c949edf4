import type {
  CreditedMonth,
  CreditNoteRefusal,
  CreditNoteRequest,
  IssuedCreditNote,
} from "../../core/billing/credit-note.ts";
import type { Month } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Host, Sql, SqlValue } from "../ports.ts";
import type { By, Trail } from "./trail.ts";

type CreditNoteRow = {
  tenant: string;
  month: Month;
  number: number;
  reference: string;
  amount_micros: number;
  reason: string;
  issued_at: number;
  in_books: number;
};

/**
 * The credit notes: which there are, and in which order, is decided here, where one caller is served at a time. The
 * billing Worker signs them and writes them into the books; those that it has not confirmed it asks for again.
 */
export class CreditNotes {
  readonly #host: Host;
  readonly #sql: Sql;
  readonly #trail: Trail;

  constructor(host: Host, trail: Trail) {
    this.#host = host;
    this.#sql = host.storage.sql;
    this.#trail = trail;
  }

  /** All notes of the month with this one. `totalMicros`: of the final statement, which never changes. */
  issue(
    asked: CreditedMonth & CreditNoteRequest,
    totalMicros: number,
    by: By,
  ): Result<IssuedCreditNote[], CreditNoteRefusal> {
    const { tenant, month, reference, amountMicros, reason } = asked;
    const before = this.ofMonth(tenant, month);
    const same = before.find((note) => note.reference === reference);
    if (same) {
      const isSame = same.amountMicros === amountMicros && same.reason === reason;
      return isSame ? ok(before) : err({ reason: "other-note" });
    }
    if (before.length >= limits.creditNotesPerMonthMax) return err({ reason: "too-many" });
    const leftMicros = before.reduce((left, note) => left - note.amountMicros, totalMicros);
    if (amountMicros > leftMicros) return err({ reason: "too-much", leftMicros });
    const number = before.length + 1;
    const after = { month, number, reference, amountMicros, reason };
    const subject = `${month}/${number}`;
    const change = { action: "credit-note.issue", subject, tenant, before: null, after };
    this.#trail.change(by, change, () =>
      this.#sql.exec(
        `INSERT INTO credit_notes (tenant, month, number, reference, amount_micros, reason, issued_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        ...[tenant, month, number, reference, amountMicros, reason, this.#host.now()],
      ),
    );
    return ok(this.ofMonth(tenant, month));
  }

  /** By number. */
  ofMonth(tenant: string, month: Month): IssuedCreditNote[] {
    return this.#notes(`tenant = ? AND month = ? ORDER BY number`, tenant, month);
  }

  /** For the auditor: a tenant's newest months first. */
  ofTenant(tenant: string): IssuedCreditNote[] {
    const most = limits.creditNotesAuditedMax;
    return this.#notes(`tenant = ? ORDER BY month DESC, number LIMIT ?+0`, tenant, most);
  }

  /** Some of the notes that the books are not known to have, as their months with all notes. */
  unwritten(): IssuedCreditNote[][] {
    const open = this.#notes(`in_books = 0 LIMIT ?+0`, limits.creditNotesPerRunMax);
    const months = new Map(
      open.map(({ tenant, month }) => [`${tenant} ${month}`, [tenant, month]]),
    );
    return [...months.values()].map(([tenant = "", month = ""]) =>
      this.ofMonth(tenant, month as Month),
    );
  }

  /** The books have the month's notes up to this one. */
  written(tenant: string, month: Month, number: number): void {
    this.#sql.exec(
      `UPDATE credit_notes SET in_books = 1 WHERE tenant = ? AND month = ? AND number <= ?`,
      ...[tenant, month, number],
    );
  }

  #notes(condition: string, ...bindings: readonly SqlValue[]): IssuedCreditNote[] {
    return this.#sql
      .exec<CreditNoteRow>(`SELECT * FROM credit_notes WHERE ${condition}`, ...bindings)
      .toArray()
      .map(({ amount_micros, issued_at, in_books, ...row }) => ({
        ...row,
        amountMicros: amount_micros,
        issuedAt: issued_at,
        inBooks: in_books === 1,
      }));
  }
}
