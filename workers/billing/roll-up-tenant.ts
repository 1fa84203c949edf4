import { emptyCheckpoint, markStated, type Checkpoint } from "../../core/billing/checkpoint.ts";
import type { Harvest } from "../../core/billing/statement.ts";
import { ledgersOf, parseLedgerName } from "../../core/job/ledger-address.ts";
import type { BooksStore } from "./books-store.ts";
import type { Versioned } from "./json-store.ts";
import type { RollUpPorts } from "./ports.ts";
import { readLedger, type LedgerBooks } from "./read-ledger.ts";
import { shardsIn } from "./tenant-ledgers.ts";
import { writeStatements } from "./write-statements.ts";

export interface TenantTurn {
  readonly tenant: string;
  /** End of the last closed hour, epoch milliseconds. */
  readonly through: number;
  /** Segments of one ledger that this turn may read. */
  readonly segmentsMax: number;
  /** Show the running hour too. */
  readonly preview: boolean;
}

export interface TenantOutcome {
  readonly tenant: string;
  readonly ledgers: Harvest;
  readonly segments: number;
  readonly statements: number;
  readonly changed: number;
  /** Whether another turn would find more to read. */
  readonly unread: boolean;
}

/**
 * One tenant's turn in a roll-up: its ledgers store what they hold, their new segments are read, its
 * statements are written, and only then is it remembered how far the ledgers were read. Never throws: a
 * tenant that fails shows in the harvest and in the log.
 */
export async function rollUpTenant(ports: RollUpPorts, turn: TenantTurn): Promise<TenantOutcome> {
  try {
    return await bringUpToDate(ports, turn);
  } catch (cause) {
    console.error({ event: "tenant-roll-up-failed", tenant: turn.tenant, cause: String(cause) });
    return outcomeOf(turn, { included: 0, known: ports.fleet.regions.length });
  }
}

async function bringUpToDate(ports: RollUpPorts, turn: TenantTurn): Promise<TenantOutcome> {
  const { store } = ports;
  const load = (from: number, to: number) => loadShards(ports, turn.tenant, { from, to });
  const first = await load(0, 1);
  const stored = [...first, ...(await load(1, shardsIn(first.map(({ value }) => value))))];
  const upToDate = stored.every(({ value }) => value.readThrough >= turn.through);
  // A preview shows what is younger than the last closed hour.
  if (upToDate && !turn.preview) {
    return outcomeOf(turn, { included: stored.length, known: stored.length });
  }

  const books: LedgerBooks[] = [];
  for (let next = stored[0]; next; next = stored[books.length]) {
    books.push(await readLedger(ports, next.value, turn));
    // A first shard knows of those that have taken work, and is read before them.
    const shards = shardsIn(books.map(({ checkpoint }) => checkpoint));
    stored.push(...(await load(stored.length / first.length, shards)));
  }
  const known = stored.length;
  const read = {
    ...outcomeOf(turn, { included: books.filter(({ late }) => late === null).length, known }),
    segments: books.reduce((sum, { segments }) => sum + segments, 0),
  };
  if (books.some(({ unread }) => unread)) {
    // The turn that reads the last of it writes the statements.
    await saveCheckpoints(
      store,
      stored,
      books.map(({ checkpoint }) => ({ ...checkpoint, unstated: true })),
    );
    return { ...read, unread: true };
  }
  const { checkpoints, statements, changed } = await writeStatements(store, turn, books);
  await saveCheckpoints(store, stored, checkpoints.map(markStated));
  return { ...read, statements, changed };
}

function outcomeOf({ tenant }: TenantTurn, ledgers: Harvest): TenantOutcome {
  return { tenant, ledgers, segments: 0, statements: 0, changed: 0, unread: false };
}

/** Checkpoints of the shards with these numbers, in all regions. */
async function loadShards(
  { store, fleet }: RollUpPorts,
  tenant: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Versioned<Checkpoint>[]> {
  const ledgers = ledgersOf(tenant, fleet, to).filter(
    (name) => parseLedgerName(name).shard >= from,
  );
  return Promise.all(ledgers.map((ledger) => loadCheckpoint(store, ledger)));
}

/** Read before the ledger is asked, so that the ledger can never seem to be behind its books. */
async function loadCheckpoint(store: BooksStore, ledger: string): Promise<Versioned<Checkpoint>> {
  const { value, version } = await store.checkpoint(ledger);
  return { value: value ?? emptyCheckpoint(ledger), version };
}

/** If another roll-up was faster, its checkpoint stands and ours was only worked out twice. */
async function saveCheckpoints(
  store: BooksStore,
  stored: readonly Versioned<Checkpoint>[],
  next: readonly Checkpoint[],
): Promise<void> {
  for (const [index, checkpoint] of next.entries()) {
    const before = stored[index];
    if (before && checkpoint !== before.value) {
      await store.saveCheckpoint(checkpoint, before.version);
    }
  }
}
