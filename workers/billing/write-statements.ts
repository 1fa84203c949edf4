import type { Checkpoint } from "../../core/billing/checkpoint.ts";
import { closeByStatement, lateUsage } from "../../core/billing/late-usage.ts";
import {
  buildStatement,
  supersedes,
  type LateLedger,
  type Statement,
} from "../../core/billing/statement.ts";
import { monthEnd, monthStart, type Month } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import type { BooksStore } from "./books-store.ts";
import type { LedgerBooks } from "./read-ledger.ts";

/** What has become of a tenant's statements. */
export interface WrittenStatements {
  /** The ledgers' checkpoints, in which the months with a final statement are closed. */
  readonly checkpoints: readonly Checkpoint[];
  /** Statements worked out, and how many of them differ from what was stored. */
  readonly statements: number;
  readonly changed: number;
}

/**
 * Writes the statement of every month that may still change, the oldest first: late usage of closed months
 * goes to the first of them. A month is closed by the final statement that is stored, whoever wrote it, and
 * not while a ledger is late: what that one still holds of the month would be taken for late usage.
 */
export async function writeStatements(
  store: BooksStore,
  asked: { readonly tenant: string; readonly through: number; readonly preview: boolean },
  books: readonly LedgerBooks[],
): Promise<WrittenStatements> {
  const { tenant, through } = asked;
  const late = books.flatMap(lateLedger);
  const harvest = { included: books.length - late.length, known: books.length };
  const previewAsOf = asked.preview ? earliestSealed(books) : null;
  let checkpoints = books.map(({ checkpoint }) => checkpoint);
  let statements = 0;
  let changed = 0;
  for (const month of openMonthsOf(checkpoints)) {
    const over = monthEnd(monthStart(month)) <= through;
    let final = over ? await store.finalStatement(tenant, month) : null;
    if (final === null) {
      const adjust = statements === 0 ? checkpoints.flatMap(lateUsage) : [];
      const about = { tenant, month, through, previewAsOf, harvest, late };
      const next = buildStatement({ ...about, checkpoints, adjust });
      statements += 1;
      if (next.status === "final") final = await store.putFinalStatement(next);
      if (final === next || (final === null && (await replaceOpen(store, next)))) changed += 1;
    }
    const closing = late.length === 0 ? final : null;
    if (closing) checkpoints = checkpoints.map((each) => closeByStatement(each, closing));
  }
  return { checkpoints, statements, changed };
}

function lateLedger({ checkpoint, late }: LedgerBooks): LateLedger[] {
  if (late === null) return [];
  const { ledger, readThrough } = checkpoint;
  const through = readThrough > 0 ? new Date(readThrough).toISOString() : null;
  return [{ ledger, through, reason: late }];
}

/** Up to when all included ledgers are known; null when there is none. */
function earliestSealed(books: readonly LedgerBooks[]): number | null {
  const sealed = books.flatMap(({ late, sealedThrough }) =>
    late === null && sealedThrough !== null ? [sealedThrough] : [],
  );
  return sealed.length > 0 ? Math.min(...sealed) : null;
}

function openMonthsOf(checkpoints: readonly Checkpoint[]): Month[] {
  return [...new Set(checkpoints.flatMap(({ openMonths }) => openMonths))].toSorted();
}

/** Whether the stored statement changed. */
async function replaceOpen(store: BooksStore, next: Statement): Promise<boolean> {
  for (let tries = 0; tries < limits.statementWritesMax; tries++) {
    const { value: stored, version } = await store.openStatement(next.tenant, next.month);
    if (stored !== null) {
      if (!supersedes(next, stored)) return false;
      if (JSON.stringify(stored) === JSON.stringify(next)) return false;
    }
    if (await store.replaceOpenStatement(next, version)) return true;
  }
  // Others keep writing it, from the same segments.
  return false;
}
