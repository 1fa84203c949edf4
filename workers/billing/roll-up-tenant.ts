import {
  closeMonth,
  emptyCheckpoint,
  openMonth,
  type Checkpoint,
} from "../../core/billing/roll-up.ts";
import {
  buildStatement,
  supersedes,
  type Harvest,
  type Statement,
} from "../../core/billing/statement.ts";
import { ledgersOf } from "../../core/job/ledger-address.ts";
import type { Watermark } from "../../core/ledger/segment.ts";
import { hourOf, monthEnd, monthOf, monthStart, type Month } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import type { BooksStore, Versioned } from "./books-store.ts";
import { readLedger, type SegmentBudget } from "./read-ledger.ts";
import type { RollUpPorts } from "./roll-up.ts";

export interface TenantTask {
  readonly tenant: string;
  /** End of the last closed hour, epoch milliseconds. */
  readonly through: number;
  readonly budget: SegmentBudget;
  readonly preview: boolean;
}

export interface TenantOutcome {
  readonly ledgers: Harvest;
  readonly segments: number;
  readonly statements: number;
  readonly changed: number;
}

/** One tenant's part of a roll-up. Never throws: a tenant that fails shows in the harvest and in the log. */
export async function rollUpTenant(ports: RollUpPorts, task: TenantTask): Promise<TenantOutcome> {
  const ledgers = ledgersOf(task.tenant, ports.region);
  try {
    return await bringUpToDate(ports, task, ledgers);
  } catch (cause) {
    console.error({ event: "tenant-roll-up-failed", tenant: task.tenant, cause: String(cause) });
    const known = ledgers.length;
    return { ledgers: { included: 0, known }, segments: 0, statements: 0, changed: 0 };
  }
}

async function bringUpToDate(
  ports: RollUpPorts,
  task: TenantTask,
  ledgers: readonly string[],
): Promise<TenantOutcome> {
  const stored = await Promise.all(ledgers.map((ledger) => loadCheckpoint(ports.store, ledger)));
  const finished = await finishedMonths(ports.store, task, stored);
  const books: LedgerBooks[] = [];
  for (const checkpoint of stored) {
    books.push(await advance(ports, task, checkpoint, finished));
  }
  const included = books.flatMap(({ sealedThrough }) => sealedThrough ?? []);
  const outcome = {
    ledgers: { included: included.length, known: ledgers.length },
    segments: books.reduce((sum, { segments }) => sum + segments, 0),
  };
  // With nothing new to say, what was said before stays true.
  if (included.length === 0) return { ...outcome, statements: 0, changed: 0 };

  const checkpoints = books.map(({ checkpoint }) => checkpoint);
  const months = openMonthsOf(checkpoints);
  let changed = 0;
  for (const month of months) {
    const statement = buildStatement({
      tenant: task.tenant,
      month,
      checkpoints,
      harvest: outcome.ledgers,
      through: task.through,
      previewAsOf: task.preview ? Math.min(...included) : null,
    });
    if (await writeStatement(ports.store, statement)) changed += 1;
  }
  return { ...outcome, statements: months.length, changed };
}

interface LedgerBooks {
  readonly checkpoint: Checkpoint;
  /** Null when the ledger is not complete up to the last closed hour: what is known of it still counts. */
  readonly sealedThrough: number | null;
  /** Segments read for the first time. */
  readonly segments: number;
}

/** Reads what is new in one ledger. One that cannot be reached or trusted stays where it was. */
async function advance(
  ports: RollUpPorts,
  { through, budget }: TenantTask,
  { value: before, version }: Versioned<Checkpoint>,
  finished: readonly Month[],
): Promise<LedgerBooks> {
  const opened = openMonth(finished.reduce(closeMonth, before), monthOf(through));
  const { checkpoint, sealedThrough } = await read(ports, opened, budget);
  if (checkpoint !== before) {
    // If another roll-up was faster, its checkpoint stands and ours was only worked out twice.
    await ports.store.saveCheckpoint(checkpoint, version);
  }
  const complete = sealedThrough !== null && hourOf(sealedThrough) >= through;
  return {
    checkpoint,
    sealedThrough: complete ? sealedThrough : null,
    segments: checkpoint.nextSegment - before.nextSegment,
  };
}

async function read(
  ports: RollUpPorts,
  from: Checkpoint,
  budget: SegmentBudget,
): Promise<{ checkpoint: Checkpoint; sealedThrough: number | null }> {
  const { ledger } = from;
  try {
    const watermark: Watermark = await within(limits.sealMillisMax, ports.seal(ledger));
    const reading = await readLedger(ports.store, from, watermark, budget);
    if (!reading.ok) {
      console.error({ event: "ledger-chain-broken", ledger, ...reading.error });
      return { checkpoint: from, sealedThrough: null };
    }
    const { checkpoint, whole } = reading.value;
    return { checkpoint, sealedThrough: whole ? watermark.sealedThrough : null };
  } catch (cause) {
    console.error({ event: "ledger-not-read", ledger, cause: String(cause) });
    return { checkpoint: from, sealedThrough: null };
  }
}

/** Read before the ledger is asked, so that the ledger can never seem to be behind its books. */
async function loadCheckpoint(store: BooksStore, ledger: string): Promise<Versioned<Checkpoint>> {
  const { value, version } = await store.checkpoint(ledger);
  return { value: value ?? emptyCheckpoint(ledger), version };
}

/** Months that need not be kept by the hour any more: they are over and their final statement is stored. */
async function finishedMonths(
  store: BooksStore,
  { tenant, through }: TenantTask,
  checkpoints: readonly Versioned<Checkpoint>[],
): Promise<Month[]> {
  const finished: Month[] = [];
  for (const month of openMonthsOf(checkpoints.map(({ value }) => value))) {
    if (monthEnd(monthStart(month)) > through) continue;
    const { value: statement } = await store.statement(tenant, month);
    if (statement?.status === "final") finished.push(month);
  }
  return finished;
}

function openMonthsOf(checkpoints: readonly Checkpoint[]): Month[] {
  return [...new Set(checkpoints.flatMap(({ openMonths }) => openMonths))].toSorted();
}

/** Whether the stored statement changed. */
async function writeStatement(store: BooksStore, next: Statement): Promise<boolean> {
  for (let tries = 0; tries < limits.statementWritesMax; tries++) {
    const { value: stored, version } = await store.statement(next.tenant, next.month);
    if (stored !== null) {
      if (!supersedes(next, stored)) return false;
      if (JSON.stringify(stored) === JSON.stringify(next)) return false;
    }
    if (await store.saveStatement(next, version)) return true;
  }
  // Others keep writing it, from the same segments.
  return false;
}

async function within<Value>(millis: number, promise: Promise<Value>): Promise<Value> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${millis} ms`)), millis);
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
