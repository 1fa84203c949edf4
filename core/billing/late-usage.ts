import { addTotals, emptyTotals, type UsageTotals } from "../ledger/usage.ts";
import { closeMonth, type BilledUsage, type Checkpoint } from "./checkpoint.ts";
import type { Adjustment, LateUsage, Statement } from "./statement.ts";

/** What no final statement charges yet, by month. */
export function lateUsage({ ledger, closedMonths }: Checkpoint): LateUsage[] {
  return closedMonths
    .filter((closed) => closed.segments.last > closed.billed.lastSegment)
    .map(({ month, totals, segments, billed }) => ({
      month,
      ledger,
      totals: subtractTotals(totals, billed.totals),
      segments: { ...segments, first: billed.lastSegment + 1 },
    }));
}

/**
 * Closes the month of a final statement that is stored. What the ledger holds beyond it is late from then
 * on; late usage of earlier months that it charges is late no longer. Doing it again changes nothing.
 * Statements are to be given in the order of their months.
 */
export function closeByStatement(checkpoint: Checkpoint, final: Statement): Checkpoint {
  const { ledger } = checkpoint;
  const closed = closeMonth(checkpoint, final.month, chargedBy(final, ledger));
  const adjustments = final.adjustments?.filter((each) => each.ledger === ledger) ?? [];
  return adjustments.reduce(markCharged, closed);
}

const nothing: BilledUsage = { totals: emptyTotals, lastSegment: 0 };

function chargedBy(final: Statement, ledger: string): BilledUsage {
  const named = final.segments.find((segments) => segments.ledger === ledger);
  if (!named) return nothing;
  // Statements of earlier versions have the sum alone; each is that of one ledger.
  return { totals: named.usage ?? final.usage, lastSegment: named.last };
}

function markCharged(checkpoint: Checkpoint, { month, usage, segments }: Adjustment): Checkpoint {
  const closed = closeMonth(checkpoint, month, nothing);
  return {
    ...closed,
    closedMonths: closed.closedMonths.map((each) =>
      each.month !== month || each.billed.lastSegment >= segments.last
        ? each
        : {
            ...each,
            billed: {
              totals: addTotals(each.billed.totals, usage),
              lastSegment: segments.last,
            },
          },
    ),
  };
}

/** Throws when less usage is known than was charged: then the books are wrong, and an operator has to find out why. */
function subtractTotals(known: UsageTotals, charged: UsageTotals): UsageTotals {
  const left = addTotals(known, {
    jobsDone: -charged.jobsDone,
    jobsFailed: -charged.jobsFailed,
    outputs: -charged.outputs,
    bytesIn: -charged.bytesIn,
    bytesOut: -charged.bytesOut,
    pixels: -charged.pixels,
    computeUnits: -charged.computeUnits,
  });
  if (Object.values(left).some((figure) => figure < 0)) {
    throw new RangeError("more was charged than the segments hold");
  }
  return left;
}
