import { limits } from "../../core/limits.ts";
import type { Step } from "./ports.ts";

/** What one turn of a tenant did. */
export interface Turn {
  readonly tenant: string;
  /** Segments that it took. */
  readonly segments: number;
  /** Whether another turn would find more to take. */
  readonly unread: boolean;
}

/**
 * All tenants take turns, in each of which one takes its share of the segments that this run may still take, so that
 * one with a long backlog does not hold up the others. Gives every turn, and the tenants that were not done.
 */
export async function inTurns<Taken extends Turn>(
  tenants: readonly string[],
  step: Step,
  take: (tenant: string, segmentsMax: number) => Promise<Taken>,
  segmentsOfRun: number = limits.rollUpSegmentsMax,
): Promise<{ readonly turns: readonly Taken[]; readonly unread: readonly string[] }> {
  const turns: Taken[] = [];
  let unread = tenants;
  let segmentsLeft = segmentsOfRun;
  for (let turn = 1; unread.length > 0 && segmentsLeft > 0; turn++) {
    const share = Math.ceil(segmentsLeft / unread.length);
    const segmentsMax = Math.min(share, limits.rollUpSegmentsPerTurnMax);
    const taken: Taken[] = [];
    for (const [index, group] of groupsOf(unread, limits.rollUpTenantsPerStep).entries()) {
      const work = () =>
        inParallel(group, limits.rollUpTenantsAtOnce, (tenant) => take(tenant, segmentsMax));
      taken.push(...(await step(`turn ${turn}, group ${index + 1}`, work)));
    }
    turns.push(...taken);
    unread = taken.filter((each) => each.unread).map(({ tenant }) => tenant);
    segmentsLeft -= taken.reduce((sum, { segments }) => sum + segments, 0);
  }
  return { turns, unread };
}

export function groupsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Runs the task for every item, `width` of them at a time. */
export async function inParallel<Item, Outcome>(
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
