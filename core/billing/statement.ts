import {
  addTotals,
  emptyTotals,
  monthEnd,
  monthStart,
  type Month,
  type UsageTotals,
} from "../ledger/usage.ts";
import { daysOf, type StatementDay } from "./days.ts";
import { amountMicros, priceListFor, type PriceList, type PriceTier } from "./price-list.ts";
import { usageBefore, type Checkpoint, type PeriodUsage, type SegmentRange } from "./checkpoint.ts";

/**
 * What a tenant owes for one month (UTC). Everything but `preview` and `late` follows from the segments that
 * `segments` and `adjustments` name: take their events that happened in the month and before `through`, add
 * them up, price the sums by the price list, round each line half up once. The same segments give the same
 * bytes.
 */
export interface Statement extends Charges {
  readonly v: 1;
  readonly tenant: string;
  readonly month: Month;
  readonly currency: PriceList["currency"];
  readonly priceList: string;
  /** `final` once the month is over and every ledger is included; it never changes after that. */
  readonly status: "open" | "final";
  /** Usage before this hour is complete for the included ledgers. ISO 8601. */
  readonly through: string;
  /** What is owed: the lines and the adjustments. */
  readonly totalMicros: number;
  /** The harvest: how many of the tenant's ledgers are complete up to `through`. */
  readonly ledgers: Harvest;
  readonly segments: readonly LedgerSegments[];
  /** The lines by the day; statements of earlier versions lack it. */
  readonly days?: readonly StatementDay[];
  /** Usage of earlier months that came after their final statements; absent where there is none. */
  readonly adjustments?: readonly Adjustment[];
  /** The ledgers that are not included; absent where all are. */
  readonly late?: readonly LateLedger[];
  readonly preview?: Preview;
}

/** Late usage of one month in one ledger, at that month's prices. */
export interface Adjustment extends Charges {
  readonly month: Month;
  readonly priceList: string;
  readonly ledger: string;
  readonly segments: SegmentRange;
}

/** What is known of the ledger counts; more may come. */
export interface LateLedger {
  readonly ledger: string;
  /** Its usage before this moment is complete, ISO 8601; null: nothing of it was read in full yet. */
  readonly through: string | null;
  readonly reason: LateReason;
}

export type LateReason =
  /** It did not answer, or storage did not. */
  | "unreachable"
  /** It holds more than was read so far, or has not stored the last hour yet. */
  | "behind"
  /** Its segments differ from what the ledger says of them: an operator has to find out why. */
  | "not-trusted";

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
  /** As in the price list; `unitPriceMicros` is that of the first units. */
  readonly tiers?: readonly PriceTier[];
  readonly amountMicros: number;
}

export interface Harvest {
  readonly included: number;
  readonly known: number;
}

export interface LedgerSegments extends SegmentRange {
  readonly ledger: string;
  /** The ledger's part of the sums; statements of earlier versions lack it. */
  readonly usage?: UsageTotals;
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
  /** Usage of closed months to charge here. */
  readonly adjust: readonly LateUsage[];
  readonly late: readonly LateLedger[];
}

/** Usage of a month that came after its final statement, in one ledger: the next statement charges it. */
export interface LateUsage {
  readonly month: Month;
  readonly ledger: string;
  readonly totals: UsageTotals;
  /** The late events lie within these segments. */
  readonly segments: SegmentRange;
}

export function buildStatement(input: StatementInput): Statement {
  const { tenant, month, checkpoints, harvest } = input;
  const end = monthEnd(monthStart(month));
  const through = Math.min(input.through, end);
  const prices = priceListFor(month);
  const included = usageOfLedgers(checkpoints, month, through);
  const charges = chargesFor(sumOf(included), prices);
  const adjustments = input.adjust.map(adjustmentFor);
  const over = through === end && harvest.included === harvest.known;
  return {
    v: 1,
    tenant,
    month,
    currency: prices.currency,
    priceList: prices.version,
    status: over ? "final" : "open",
    through: new Date(through).toISOString(),
    ...charges,
    totalMicros: sumMicros([charges, ...adjustments]),
    ledgers: harvest,
    segments: included.map(({ ledger, segments, totals }) => ({
      ledger,
      ...segments,
      usage: totals,
    })),
    days: daysOf(checkpoints, month, through, prices),
    ...(adjustments.length > 0 && { adjustments }),
    ...(input.late.length > 0 && { late: input.late }),
    ...(input.previewAsOf !== null &&
      input.previewAsOf < end && {
        preview: buildPreview(input.previewAsOf, usageOfLedgers(checkpoints, month, end), prices),
      }),
  };
}

/**
 * Whether `next` may take the place of `stored`: a run with older or less complete data never overwrites a better
 * one.
 */
export function supersedes(next: Statement, stored: Statement): boolean {
  if (stored.status === "final") return false;
  if (next.status === "final") return true;
  if (next.through > stored.through) return true;
  return next.through === stored.through && next.ledgers.included >= stored.ledgers.included;
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

function adjustmentFor({ month, ledger, totals, segments }: LateUsage): Adjustment {
  const prices = priceListFor(month);
  return { month, priceList: prices.version, ledger, segments, ...chargesFor(totals, prices) };
}

function buildPreview(asOf: number, usage: readonly LedgerUsage[], prices: PriceList): Preview {
  return {
    status: "preview",
    asOf: new Date(asOf).toISOString(),
    ...chargesFor(sumOf(usage), prices),
  };
}

function chargesFor(usage: UsageTotals, { prices }: PriceList): Charges {
  const lines = prices.map((price) => ({
    item: price.item,
    quantity: usage[price.counts],
    unit: price.unit,
    unitPriceMicros: price.priceMicros,
    per: price.per,
    ...(price.tiers && { tiers: price.tiers }),
    amountMicros: amountMicros(usage[price.counts], price),
  }));
  return { lines, totalMicros: lines.reduce((sum, line) => sum + line.amountMicros, 0), usage };
}

function sumOf(usage: readonly LedgerUsage[]): UsageTotals {
  return usage.map(({ totals }) => totals).reduce(addTotals, emptyTotals);
}

function sumMicros(charges: readonly Charges[]): number {
  return charges.reduce((sum, { totalMicros }) => sum + totalMicros, 0);
}
