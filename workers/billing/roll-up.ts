import type { RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import { hourOf } from "../../core/ledger/usage.ts";
import { inTime } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import { inTurns } from "./in-turns.ts";
import type { RollUpPorts, Step } from "./ports.ts";
import { rollUpTenant, type TenantOutcome } from "./roll-up-tenant.ts";
import { ledgersInBooks } from "./tenant-ledgers.ts";
import { writeRows } from "./rows/write-rows.ts";

/** The tenants of one roll-up, and up to which hour they are to be brought. */
export interface RollUpTask {
  readonly tenants: readonly string[];
  /** End of the last closed hour, epoch milliseconds. */
  readonly through: number;
  readonly preview: boolean;
}

export interface RollUpOutcome {
  readonly summary: RollUpSummary;
  /** Tenants whose ledgers are all complete up to `through`, in their statements and as rows. */
  readonly complete: readonly string[];
  /** Tenants with more to read or to write than this roll-up could. */
  readonly unread: readonly string[];
  /** Tenants whose statements are not complete up to `through`. */
  readonly late: readonly string[];
}

/**
 * Brings tenants' statements up to date, then their rows. May run at any time, twice, twice at once, or be cut off
 * anywhere: what it writes depends on the segments, the final statements and the hour alone.
 */
export async function rollUpTenants(
  ports: RollUpPorts,
  { tenants, through, preview }: RollUpTask,
  step: Step,
): Promise<RollUpOutcome> {
  const { turns, unread } = await inTurns(tenants, step, (tenant, segmentsMax) =>
    rollUpTenant(ports, { tenant, through, segmentsMax, preview }),
  );
  const outcomes = [...Map.groupBy(turns, ({ tenant }) => tenant).values()].map(together);
  const summary = summaryOf(outcomes);
  const rows = await inTurns(
    tenants,
    (name, work) => step(`rows, ${name}`, work),
    (tenant, segmentsMax) => writeRows(ports, tenant, segmentsMax),
    Math.floor((limits.rollUpSegmentsMax - summary.segments) / limits.rowsOfSegmentCost),
  );
  const written = new Set(rows.turns.flatMap(({ tenant, isWhole }) => (isWhole ? tenant : [])));
  const stated = outcomes
    .filter(({ ledgers }) => ledgers.included === ledgers.known)
    .map(({ tenant }) => tenant);
  const left = [...new Set([...unread, ...rows.unread])];
  return {
    summary: { ...summary, more: left.length > 0 },
    complete: stated.filter((tenant) => written.has(tenant)),
    unread: left,
    late: tenants.filter((tenant) => !stated.includes(tenant)),
  };
}

/** The next tenants in the Directory's order, on demand; the running hour too if `preview`. */
export async function rollUpNext(
  ports: RollUpPorts,
  options: { readonly preview: boolean },
): Promise<RollUpSummary> {
  const page = await nextTenants(ports);
  const task = { tenants: page.ids, through: hourOf(ports.now()), ...options };
  const { summary } = await rollUpTenants(ports, task, (_, work) => work());
  return { ...summary, more: summary.more || page.cursor !== null };
}

/**
 * One tenant, now. `again`: from its first segment, as if nothing had been read before. What follows from the segments
 * comes out the same; open statements are replaced when all of it is read, and final ones never change.
 */
export async function rollUpOne(
  ports: RollUpPorts,
  tenant: string,
  { preview, again }: { readonly preview: boolean; readonly again: boolean },
): Promise<RollUpSummary> {
  if (again) {
    for (const ledger of await ledgersInBooks(ports, tenant)) {
      await ports.store.forgetCheckpoint(ledger);
    }
  }
  const task = { tenants: [tenant], through: hourOf(ports.now()), preview };
  const { summary } = await rollUpTenants(ports, task, (_, work) => work());
  return summary;
}

/** The page of tenants after the one that was given last; after the last page comes the first. */
export async function nextTenants(ports: RollUpPorts): ReturnType<RollUpPorts["listTenantIds"]> {
  const { store } = ports;
  const cursor = await store.cursor();
  const asked = ports.listTenantIds({ cursor, limit: limits.rollUpTenantsMax });
  const page = await inTime(globalThis, limits.objectMillisMax, asked);
  if (page.cursor !== cursor) await store.saveCursor(page.cursor);
  return page;
}

/** The figures of a tenant's turns together; its ledgers are as the last turn left them. */
function together(turns: readonly TenantOutcome[]): TenantOutcome {
  return turns.reduce((before, turn) => ({
    ...turn,
    segments: before.segments + turn.segments,
    statements: before.statements + turn.statements,
    changed: before.changed + turn.changed,
  }));
}

function summaryOf(outcomes: readonly TenantOutcome[]): Omit<RollUpSummary, "more"> {
  const sum = (figure: (outcome: TenantOutcome) => number) =>
    outcomes.reduce((total, outcome) => total + figure(outcome), 0);
  return {
    tenants: outcomes.length,
    ledgers: {
      included: sum(({ ledgers }) => ledgers.included),
      known: sum(({ ledgers }) => ledgers.known),
    },
    segments: sum(({ segments }) => segments),
    statements: sum(({ statements }) => statements),
    changed: sum(({ changed }) => changed),
  };
}
