import type { RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import { hourOf } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import type { RollUpPorts, Step } from "./ports.ts";
import { rollUpTenant, type TenantOutcome } from "./roll-up-tenant.ts";

/** The tenants of one roll-up, and up to which hour they are to be brought. */
export interface RollUpTask {
  readonly tenants: readonly string[];
  /** End of the last closed hour, epoch milliseconds. */
  readonly through: number;
  readonly preview: boolean;
}

export interface RollUpOutcome {
  readonly summary: RollUpSummary;
  /** Tenants whose ledgers are all complete up to `through`. */
  readonly complete: readonly string[];
  /** Tenants with more to read than this roll-up could. */
  readonly unread: readonly string[];
}

/**
 * Brings tenants' statements up to date. All take turns: in each turn a tenant reads its share of the
 * segments that this roll-up may still read, so that one with a long backlog does not hold up the others. May run at
 * any time, twice, twice at once, or be cut off anywhere: what it writes depends on the segments, the final
 * statements and the hour alone.
 */
export async function rollUpTenants(
  ports: RollUpPorts,
  { tenants, through, preview }: RollUpTask,
  step: Step,
): Promise<RollUpOutcome> {
  const outcomes = new Map<string, TenantOutcome>();
  let unread = tenants;
  let segmentsLeft: number = limits.rollUpSegmentsMax;
  for (let turn = 1; unread.length > 0 && segmentsLeft > 0; turn++) {
    const share = Math.ceil(segmentsLeft / unread.length);
    const segmentsMax = Math.min(share, limits.rollUpSegmentsPerTurnMax);
    const taken: TenantOutcome[] = [];
    for (const [index, group] of groupsOf(unread, limits.rollUpTenantsPerStep).entries()) {
      const work = () =>
        inParallel(group, limits.rollUpTenantsAtOnce, (tenant) =>
          rollUpTenant(ports, { tenant, through, segmentsMax, preview }),
        );
      taken.push(...(await step(`turn ${turn}, group ${index + 1}`, work)));
    }
    for (const outcome of taken) {
      outcomes.set(outcome.tenant, addTurn(outcomes.get(outcome.tenant), outcome));
    }
    unread = taken.filter((outcome) => outcome.unread).map(({ tenant }) => tenant);
    segmentsLeft -= taken.reduce((sum, { segments }) => sum + segments, 0);
  }
  return outcomeOf([...outcomes.values()]);
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

/** The page of tenants after the one that was given last; after the last page comes the first. */
export async function nextTenants(ports: RollUpPorts): ReturnType<RollUpPorts["listTenantIds"]> {
  const { store } = ports;
  const cursor = await store.cursor();
  const page = await ports.listTenantIds({ cursor, limit: limits.rollUpTenantsMax });
  if (page.cursor !== cursor) await store.saveCursor(page.cursor);
  return page;
}

/** The figures of a tenant's turns together; its ledgers are as the last turn left them. */
function addTurn(before: TenantOutcome | undefined, turn: TenantOutcome): TenantOutcome {
  if (!before) return turn;
  return {
    ...turn,
    segments: before.segments + turn.segments,
    statements: before.statements + turn.statements,
    changed: before.changed + turn.changed,
  };
}

function outcomeOf(outcomes: readonly TenantOutcome[]): RollUpOutcome {
  const sum = (figure: (outcome: TenantOutcome) => number) =>
    outcomes.reduce((total, outcome) => total + figure(outcome), 0);
  const idsOf = (wanted: (outcome: TenantOutcome) => boolean) =>
    outcomes.filter(wanted).map(({ tenant }) => tenant);
  const unread = idsOf((outcome) => outcome.unread);
  return {
    summary: {
      tenants: outcomes.length,
      more: unread.length > 0,
      ledgers: {
        included: sum(({ ledgers }) => ledgers.included),
        known: sum(({ ledgers }) => ledgers.known),
      },
      segments: sum(({ segments }) => segments),
      statements: sum(({ statements }) => statements),
      changed: sum(({ changed }) => changed),
    },
    complete: idsOf(({ ledgers }) => ledgers.included === ledgers.known),
    unread,
  };
}

export function groupsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
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
