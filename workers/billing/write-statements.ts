import type { Checkpoint } from "../../core/billing/checkpoint.ts";
import { closeByStatement, lateUsage } from "../../core/billing/late-usage.ts";
import {
  buildStatement,
  supersedes,
  type LateLedger,
  type LateUsage,
  type Statement,
} from "../../core/billing/statement.ts";
import { monthEnd, monthStart, type Month } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import type { BooksStore } from "./books-store.ts";
import type { LedgerBooks } from "./read-ledger.ts";

/** The result of writing a tenant's statements. */
export interface WrittenStatements {
  /** The ledgers' checkpoints, in which the months with a final statement are closed. */
  readonly checkpoints: readonly Checkpoint[];
  /** Statements worked out, and how many of them differ from what was stored. */
  readonly statements: number;
  readonly changed: number;
}

/**
 * Writes the statement of every month that may still change, the oldest first. A month is closed by the final
 * statement that is stored, whichever run wrote it, and not while a ledger is late: what that one still holds of the
 * month would be taken for late usage. Late usage of closed months goes to the first month after all of them,
 * so that the order of the months is the order in which it was charged.
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
  const close = (known: readonly Checkpoint[], final: Statement) =>
    late.length === 0 ? known.map((each) => closeByStatement(each, final)) : known;

  const finals = await finalStatements(store, asked, books);
  let checkpoints = finals.reduce(
    close,
    books.map(({ checkpoint }) => checkpoint),
  );
  const finalBefore = new Set(finals.map(({ month }) => month));
  let statements = 0;
  let changed = 0;
  let isLateUsageShown = false;
  for (const month of openMonthsOf(checkpoints).filter((open) => !finalBefore.has(open))) {
    const isAfterAllClosed = closedMonthsOf(checkpoints).every((closed) => closed < month);
    const adjust: LateUsage[] =
      isAfterAllClosed && !isLateUsageShown ? checkpoints.flatMap(lateUsage) : [];
    const about = { tenant, month, through, previewAsOf, harvest, late };
    const next = buildStatement({ ...about, checkpoints, adjust });
    statements += 1;
    const final = next.status === "final" ? await store.putFinalStatement(next) : null;
    if (final === next || (final === null && (await replaceOpen(store, next)))) changed += 1;
    isLateUsageShown ||= final === null && adjust.length > 0;
    if (final !== null) checkpoints = close(checkpoints, final);
  }
  return { checkpoints, statements, changed };
}

/** The final statements that are stored of months that the books hold open, the oldest first. */
async function finalStatements(
  store: BooksStore,
  { tenant, through }: { readonly tenant: string; readonly through: number },
  books: readonly LedgerBooks[],
): Promise<Statement[]> {
  const found: Statement[] = [];
  for (const month of openMonthsOf(books.map(({ checkpoint }) => checkpoint))) {
    const isOver = monthEnd(monthStart(month)) <= through;
    const final = isOver ? await store.finalStatement(tenant, month) : null;
    if (final !== null) found.push(final);
  }
  return found;
}

function lateLedger({ checkpoint, late }: LedgerBooks): LateLedger[] {
  if (late === null) return [];
  const { ledger, readThrough } = checkpoint;
  const through = readThrough > 0 ? new Date(readThrough).toISOString() : null;
  return [{ ledger, through, reason: late }];
}

/** Up to when all included ledgers are known; infinite where there is none, and so after every month. */
function earliestSealed(books: readonly LedgerBooks[]): number {
  const sealed = books.flatMap(({ late, sealedThrough }) =>
    late === null && sealedThrough !== null ? [sealedThrough] : [],
  );
  return Math.min(...sealed);
}

function openMonthsOf(checkpoints: readonly Checkpoint[]): Month[] {
  return [...new Set(checkpoints.flatMap(({ openMonths }) => openMonths))].toSorted();
}

function closedMonthsOf(checkpoints: readonly Checkpoint[]): Month[] {
  return checkpoints.flatMap(({ closedMonths }) => closedMonths.map(({ month }) => month));
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
