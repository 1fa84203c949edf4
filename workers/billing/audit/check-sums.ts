import type { Tally } from "../../../core/billing/audit-report.ts";
import { usageBefore, type Checkpoint } from "../../../core/billing/checkpoint.ts";
import { amountMicros, priceListFor } from "../../../core/billing/price-list.ts";
import type { Charges, Statement } from "../../../core/billing/statement.ts";
import { monthStart, type Month, type UsageTotals } from "../../../core/ledger/usage.ts";
import { readSegment } from "../../../core/books/verify/read-segment.ts";
import { limits } from "../../../core/limits.ts";
import type { AuditPorts } from "./ports.ts";

/** The ledger's own counters against the sums of its records, hour by hour, of the months that are open. */
export async function checkCounters(
  ports: AuditPorts,
  { ledger, hours, openMonths, readThrough }: Checkpoint,
  now: number,
  tally: Tally,
): Promise<void> {
  const [firstOpen] = openMonths.toSorted();
  if (firstOpen === undefined) return;
  const from = Math.max(monthStart(firstOpen), now - limits.usageRetentionMillis / 2);
  const counters = await ports.counters(ledger, from, readThrough);
  const counted = new Map(counters.map(({ hour, totals }) => [hour, totals]));
  const recorded = new Map(
    hours
      .filter(({ hour }) => hour >= from && hour < readThrough)
      .map(({ hour, totals }) => [hour, totals]),
  );
  for (const hour of new Set([...counted.keys(), ...recorded.keys()])) {
    const [own, records] = [figures(counted.get(hour)), figures(recorded.get(hour))];
    tally.expect(own === records, {
      invariant: "counters-are-the-records",
      ledger,
      subject: new Date(hour).toISOString(),
      detail: `the ledger counted ${own}; its records add up to ${records}`,
    });
  }
}

/**
 * Whether the statement says of the ledger what the checkpoint knows. It does not where the ledger was late, where a
 * roll-up has read more than it has stated yet, and where it has stated more than it has noted as read: it writes the
 * statement first, and may be cut off. Then the records that it names must be those that are stored.
 */
export async function isComparable(
  { store }: Pick<AuditPorts, "store">,
  { month, segments, late = [] }: Statement,
  { ledger, nextSegment, unstated }: Checkpoint,
  tally: Tally,
): Promise<boolean> {
  if (unstated || late.some((each) => each.ledger === ledger)) return false;
  const named = segments.find((each) => each.ledger === ledger);
  if (named === undefined || named.last < nextSegment) return true;
  const bytes = await store.segment(ledger, named.last);
  const hash = bytes && readSegment(bytes).segment?.hash;
  tally.expect(hash === named.lastHash, {
    invariant: "statements-are-the-records",
    ledger,
    subject: `statement ${month}`,
    detail: `it names record ${named.last} as ${named.lastHash}; stored is ${hash ?? "none"}`,
  });
  return false;
}

/** A tenant's statement against what the books read of its ledgers. */
export function checkStatement(
  statement: Statement,
  checkpoints: readonly Checkpoint[],
  tally: Tally,
): void {
  const { tenant, month, segments } = statement;
  const subject = `statement ${month}`;
  for (const checkpoint of checkpoints) {
    const { ledger } = checkpoint;
    const stated = figures(segments.find((each) => each.ledger === ledger)?.usage);
    const records = figures(billedOf(checkpoint, month, Date.parse(statement.through)));
    const detail = `it says ${stated}; the records add up to ${records}`;
    const breach = { invariant: "statements-are-the-records", ledger, subject, detail } as const;
    tally.expect(stated === records, breach);
  }
  tally.expect(isPricedRight(statement), {
    invariant: "statements-are-priced-right",
    ledger: tenant,
    subject,
    detail: "its lines or its total do not follow from its figures",
  });
}

function billedOf(checkpoint: Checkpoint, month: Month, through: number): UsageTotals | undefined {
  const closed = checkpoint.closedMonths.find((each) => each.month === month);
  if (closed) return closed.billed.totals;
  return usageBefore(checkpoint, month, through)?.totals;
}

function isPricedRight(statement: Statement): boolean {
  const { adjustments = [], totalMicros, lines, month } = statement;
  const parts = [
    { month, charges: { ...statement, totalMicros: sum(lines) } },
    ...adjustments.map((each) => ({ month: each.month, charges: each })),
  ];
  return (
    parts.every(({ month: of, charges }) => followsFrom(charges, of)) &&
    totalMicros === parts.reduce((total, { charges }) => total + charges.totalMicros, 0)
  );
}

function followsFrom({ lines, totalMicros, usage }: Charges, month: Month): boolean {
  const amounts = priceListFor(month).prices.map((price) =>
    amountMicros(usage[price.counts], price),
  );
  return (
    lines.map((line) => line.amountMicros).join() === amounts.join() && sum(lines) === totalMicros
  );
}

const sum = (lines: Charges["lines"]) =>
  lines.reduce((total, line) => total + line.amountMicros, 0);

/** Jobs done and failed, renditions, bytes in and out, pixels and units, as one text. */
function figures(totals: UsageTotals | undefined): string {
  if (!totals) return "nothing";
  const { jobsDone, jobsFailed, outputs, bytesIn, bytesOut, pixels, computeUnits } = totals;
  const all = [jobsDone, jobsFailed, outputs, bytesIn, bytesOut, pixels, computeUnits];
  return all.every((figure) => figure === 0) ? "nothing" : all.join(" ");
}
