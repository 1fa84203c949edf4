import { plusCounts, type Counts } from "./counts.ts";
import { Measured, type MeasuredCounts } from "./measured.ts";

/** Everything that a ledger counted in one UTC hour so far. */
export interface HourCounts {
  /** Its start, epoch milliseconds. */
  readonly hour: number;
  readonly counts: Counts;
}

/** What a ledger tells its region's figures, about once a minute while it has something to tell. */
export interface LedgerReport {
  readonly ledger: string;
  /** By the ledger's clock, epoch milliseconds. Of two reports the later one says what is open. */
  readonly at: number;
  /**
   * Whole counts, so that telling them again or missing one report changes nothing; oldest first. Hours of the totals
   * never go back; those of the reasons do where the clock is set back, and then some are not counted.
   */
  readonly totals: readonly HourCounts[];
  readonly reasons: readonly HourCounts[];
  readonly open: number;
  readonly oldestAt: number | null;
  /** Times that were measured since the report before. Told once; lost if that fails. */
  readonly stages: MeasuredCounts["stages"];
}

/** Sums of what a region's ledgers reported: to one of the objects that share its figures, or to all of them. */
export interface RegionFigures {
  readonly counts: Counts;
  readonly open: number;
  readonly oldestAt: number | null;
  readonly stages: MeasuredCounts["stages"];
}

/** What the objects that share a region's figures hold together. */
export function figuresTogether(parts: readonly RegionFigures[]): RegionFigures {
  const measured = new Measured();
  for (const { stages = {} } of parts) measured.add({ stages });
  const oldest = parts.flatMap(({ oldestAt }) => oldestAt ?? []);
  return {
    counts: parts.reduce<Counts>((sum, { counts }) => plusCounts(sum, counts), {}),
    open: parts.reduce((sum, { open }) => sum + open, 0),
    oldestAt: oldest.length > 0 ? Math.min(...oldest) : null,
    stages: measured.toJSON().stages,
  };
}

/** What the hours add to what is known of a ledger: its last hour. Hours before that one are closed. */
export function addedBy(
  known: HourCounts | null,
  hours: readonly HourCounts[],
): { readonly added: Counts; readonly last: HourCounts | null } {
  const added: Record<string, number> = {};
  let last = known;
  for (const { hour, counts } of hours) {
    if (last && hour < last.hour) continue;
    const before = last?.hour === hour ? last.counts : {};
    for (const [name, times] of Object.entries(counts)) {
      const more = times - (before[name] ?? 0);
      if (more > 0) added[name] = (added[name] ?? 0) + more;
    }
    last = { hour, counts: largest(before, counts) };
  }
  return { added, last };
}

function largest(left: Counts, right: Counts): Counts {
  const all: Record<string, number> = { ...left };
  for (const [name, times] of Object.entries(right)) {
    all[name] = Math.max(all[name] ?? 0, times);
  }
  return all;
}
