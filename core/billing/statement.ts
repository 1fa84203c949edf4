import {
  addTotals,
  emptyTotals,
  monthEnd,
  monthStart,
  type Month,
  type UsageTotals,
} from "../ledger/usage.ts";
import { amountMicros, priceListFor, type PriceList } from "./price-list.ts";
import { usageBefore, type Checkpoint, type PeriodUsage, type SegmentRange } from "./roll-up.ts";

/**
 * What a tenant owes for one month (UTC). Everything but `preview` follows from the segments that
 * `segments` names: take their events that happened in the month and before `through`, add them up, price
 * the sums by the price list, round each line half up once. The same segments give the same bytes.
 */
export interface Statement extends Charges {
  readonly v: 1;
  readonly tenant: string;
  readonly month: Month;
  readonly currency: PriceList["currency"];
  readonly priceList: string;
  /** `final` once the month is over and every ledger is included. */
  readonly status: "open" | "final";
  /** Usage before this hour is complete for the included ledgers. ISO 8601. */
  readonly through: string;
  /** The harvest: how many of the tenant's ledgers are complete up to `through`. */
  readonly ledgers: Harvest;
  readonly segments: readonly LedgerSegments[];
  readonly preview?: Preview;
}

export interface Charges {
  readonly lines: readonly StatementLine[];
  readonly totalMicros: number;
  readonly usage: UsageTotals;
}

export interface StatementLine {
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  /** Micro-units of the currency for every `per` units. */
  readonly unitPriceMicros: number;
  readonly per: number;
  readonly amountMicros: number;
}

export interface Harvest {
  readonly included: number;
  readonly known: number;
}

export interface LedgerSegments extends SegmentRange {
  readonly ledger: string;
}

/** The month so far with its open hour: still growing, never billed. */
export interface Preview extends Charges {
  readonly status: "preview";
  /** Usage before this moment is in it. ISO 8601. */
  readonly asOf: string;
}

export interface StatementInput {
  readonly tenant: string;
  readonly month: Month;
  /** One for each ledger that the books have read, included or not. */
  readonly checkpoints: readonly Checkpoint[];
  readonly harvest: Harvest;
  /** End of the last closed hour, epoch milliseconds. */
  readonly through: number;
  /** Up to when the open hour is known, epoch milliseconds; null: no preview. */
  readonly previewAsOf: number | null;
}

export function buildStatement(input: StatementInput): Statement {
  const { tenant, month, checkpoints, harvest } = input;
  const end = monthEnd(monthStart(month));
  const through = Math.min(input.through, end);
  const prices = priceListFor(month);
  const included = usageOfLedgers(checkpoints, month, through);
  const over = through === end && harvest.included === harvest.known;
  return {
    v: 1,
    tenant,
    month,
    currency: prices.currency,
    priceList: prices.version,
    status: over ? "final" : "open",
    through: new Date(through).toISOString(),
    ...chargesFor(included, prices),
    ledgers: harvest,
    segments: included.map(({ ledger, segments }) => ({ ledger, ...segments })),
    ...(input.previewAsOf !== null && input.previewAsOf < end
      ? {
          preview: buildPreview(input.previewAsOf, usageOfLedgers(checkpoints, month, end), prices),
        }
      : {}),
  };
}

/** Whether `next` may take the place of `stored`: a slower or blinder run never undoes a better one. */
export function supersedes(next: Statement, stored: Statement): boolean {
  if (next.through !== stored.through) return next.through > stored.through;
  return next.ledgers.included >= stored.ledgers.included;
}

type LedgerUsage = PeriodUsage & { readonly ledger: string };

function usageOfLedgers(
  checkpoints: readonly Checkpoint[],
  month: Month,
  before: number,
): LedgerUsage[] {
  return checkpoints.flatMap((checkpoint) => {
    const usage = usageBefore(checkpoint, month, before);
    return usage ? [{ ledger: checkpoint.ledger, ...usage }] : [];
  });
}

function buildPreview(asOf: number, usage: readonly LedgerUsage[], prices: PriceList): Preview {
  return {
    status: "preview",
    asOf: new Date(asOf).toISOString(),
    ...chargesFor(usage, prices),
  };
}

function chargesFor(ledgers: readonly LedgerUsage[], { prices }: PriceList): Charges {
  const usage = ledgers.map(({ totals }) => totals).reduce(addTotals, emptyTotals);
  const lines = prices.map((price) => ({
    item: price.item,
    quantity: usage[price.counts],
    unit: price.unit,
    unitPriceMicros: price.priceMicros,
    per: price.per,
    amountMicros: amountMicros(usage[price.counts], price),
  }));
  return { lines, totalMicros: lines.reduce((sum, line) => sum + line.amountMicros, 0), usage };
}
