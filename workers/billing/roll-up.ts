import type { RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import type { Watermark } from "../../core/ledger/segment.ts";
import { hourOf } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import type { BooksStore } from "./books-store.ts";
import { rollUpTenant, type TenantOutcome } from "./roll-up-tenant.ts";

/** Everything outside that a roll-up speaks to. */
export interface RollUpPorts {
  readonly region: string;
  readonly store: BooksStore;
  now(): number;
  listTenantIds(page: {
    cursor: string | null;
    limit: number;
  }): Promise<{ readonly ids: readonly string[]; readonly cursor: string | null }>;
  /** Has the ledger store all it holds. */
  seal(ledger: string): Promise<Watermark>;
}

/**
 * Brings the books up to date: every tenant's ledgers store what they hold, their new segments are read and
 * verified, and the statements that follow from them are written. May run at any time, twice, beside itself
 * or be cut off anywhere: what it writes depends on the segments and the hour alone. With `preview` the
 * running hour is shown too, apart from what is billed.
 */
export async function rollUp(
  ports: RollUpPorts,
  options: { readonly preview: boolean },
): Promise<RollUpSummary> {
  const through = hourOf(ports.now());
  const budget = { left: limits.rollUpSegmentsMax };
  const cursor = await ports.store.cursor();
  const page = await ports.listTenantIds({ cursor, limit: limits.tenantIdsPageMax });
  const outcomes = await inParallel(page.ids, limits.rollUpTenantsAtOnce, (tenant) =>
    rollUpTenant(ports, { tenant, through, budget, preview: options.preview }),
  );
  if (page.cursor !== cursor) await ports.store.saveCursor(page.cursor);
  return { ...outcomes.reduce(addOutcomes, nothing), more: page.cursor !== null };
}

type Sum = Omit<RollUpSummary, "more">;

const nothing: Sum = {
  tenants: 0,
  ledgers: { included: 0, known: 0 },
  segments: 0,
  statements: 0,
  changed: 0,
};

function addOutcomes(sum: Sum, outcome: TenantOutcome): Sum {
  return {
    tenants: sum.tenants + 1,
    ledgers: {
      included: sum.ledgers.included + outcome.ledgers.included,
      known: sum.ledgers.known + outcome.ledgers.known,
    },
    segments: sum.segments + outcome.segments,
    statements: sum.statements + outcome.statements,
    changed: sum.changed + outcome.changed,
  };
}

/** Runs the task for every item, `width` of them at a time. */
async function inParallel<Item, Outcome>(
  items: readonly Item[],
  width: number,
  task: (item: Item) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  // The lanes share one iterator, so that each takes the next item when it is free.
  const waiting = items.values();
  const lane = async () => {
    for (const item of waiting) outcomes.push(await task(item));
  };
  await Promise.all(Array.from({ length: width }, lane));
  return outcomes;
}
