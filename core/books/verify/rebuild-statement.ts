/**
 * A statement as docs/billing.md defines it, from the rows alone. What no row can show is taken from the statement
 * that was given: how far it goes, which ledgers were late, and its preview.
 */
import type { StatedCreditNote } from "../credit-note.ts";
import type { Row } from "./read-segment.ts";

export const figures = [
  "jobsDone",
  "jobsFailed",
  "outputs",
  "bytesIn",
  "bytesOut",
  "pixels",
  "computeUnits",
] as const;
export type Usage = Record<(typeof figures)[number], number>;

export const isUsage = (value: Partial<Usage> | null): boolean =>
  figures.every((figure) => Number.isSafeInteger(value?.[figure]));

export interface PriceList {
  readonly version: string;
  /** The first month it applies to. */
  readonly from: string;
  readonly currency: string;
  readonly prices: readonly {
    readonly item: string;
    readonly unit: string;
    readonly counts: string;
    readonly priceMicros: number;
    readonly per: number;
    readonly tiers?: readonly { readonly above: number; readonly priceMicros: number }[];
  }[];
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly lastHash: string;
}

/** What is read of a statement. */
export interface GivenStatement {
  readonly tenant: string;
  readonly month: string;
  readonly priceList: string;
  readonly status: string;
  readonly through: string;
  readonly usage: Usage;
  readonly ledgers: { readonly included: number; readonly known: number };
  readonly segments: readonly (Range & { readonly ledger: string; readonly usage?: Usage })[];
  readonly adjustments?: readonly {
    readonly month: string;
    readonly priceList: string;
    readonly ledger: string;
    readonly segments: Range;
    readonly usage: Usage;
  }[];
  /** Absent in statements of earlier versions. */
  readonly days?: unknown;
  readonly late?: unknown;
  readonly preview?: unknown;
  readonly currency?: string;
  readonly creditNotes?: readonly StatedCreditNote[];
}

/** Part of a ledger's rows, added up: those of the month before `before`, in the segments of the range. */
export interface Share {
  readonly ledger: string;
  readonly month: string;
  readonly before: number;
  readonly range: Range;
  readonly usage: Usage;
  /** The same by UTC day. */
  readonly days: Map<string, Usage>;
  /** The first and the last segment in which such a row was found; 0: none. */
  first: number;
  last: number;
}

/** What the statement says follows from rows: the ledgers' parts of the month, then the adjustments. */
export function sharesOf(given: GivenStatement): { own: Share[]; adjusted: Share[] } {
  const through = Date.parse(given.through);
  return {
    own: given.segments.map(({ ledger, first, last, lastHash }) =>
      emptyShare(ledger, given.month, through, { first, last, lastHash }),
    ),
    adjusted: (given.adjustments ?? []).map(({ ledger, month, segments }) =>
      emptyShare(ledger, month, Infinity, segments),
    ),
  };
}

function emptyShare(ledger: string, month: string, before: number, range: Range): Share {
  return { ledger, month, before, range, usage: sumOf([]), days: new Map(), first: 0, last: 0 };
}

/** Rows of a ledger come in any order of its segments. */
export function addRow(share: Share, row: Row, segment: number): void {
  const { range, before, days } = share;
  if (segment < range.first || segment > range.last || row.at >= before) return;
  const day = new Date(row.at).toISOString().slice(0, 10);
  if (day.slice(0, 7) !== share.month) return;
  share.first = share.first === 0 ? segment : Math.min(share.first, segment);
  share.last = Math.max(share.last, segment);
  const ofDay = days.get(day) ?? sumOf([]);
  days.set(day, ofDay);
  for (const usage of [share.usage, ofDay]) {
    usage[row.outcome === "done" ? "jobsDone" : "jobsFailed"] += 1;
    for (const figure of ["outputs", "bytesIn", "bytesOut", "pixels", "computeUnits"] as const) {
      usage[figure] += row[figure];
    }
  }
}

/** How far the statement's figures are from the shares', all added up. */
export function sumsDifference(
  given: GivenStatement,
  own: readonly Share[],
  adjusted: readonly Share[],
): number {
  const pairs = [
    [given.usage, sumOf(own.map(({ usage }) => usage))] as const,
    ...(given.adjustments ?? []).map(
      (each, index) => [each.usage, adjusted[index]?.usage] as const,
    ),
  ];
  return pairs.reduce(
    (sum, [stated, found]) =>
      sum +
      figures.reduce((part, figure) => part + Math.abs(stated[figure] - (found?.[figure] ?? 0)), 0),
    0,
  );
}

/** The statement's bytes as text, without its credit notes; null when a price list that it names is not among `lists`. */
export function rebuildStatement(
  given: GivenStatement,
  { own, adjusted }: { readonly own: readonly Share[]; readonly adjusted: readonly Share[] },
  lists: readonly PriceList[],
): string | null {
  const prices = listFor(lists, given.month, given.priceList);
  if (!prices) return null;
  const charges = chargesFor(sumOf(own.map(({ usage }) => usage)), prices);
  const adjustments = [];
  for (const [index, { month, priceList, ledger, segments }] of (
    given.adjustments ?? []
  ).entries()) {
    const list = listFor(lists, month, priceList);
    const share = adjusted[index];
    if (!list || !share) return null;
    adjustments.push({ month, priceList, ledger, segments, ...chargesFor(share.usage, list) });
  }
  const { tenant, month, priceList, status, through, ledgers, late, preview } = given;
  return JSON.stringify({
    v: 1,
    tenant,
    month,
    currency: prices.currency,
    priceList,
    status,
    through,
    ...charges,
    totalMicros: [charges, ...adjustments].reduce((sum, { totalMicros }) => sum + totalMicros, 0),
    ledgers,
    segments: own.map(({ ledger, first, last, range, usage }, index) => ({
      ledger,
      first,
      last,
      lastHash: range.lastHash,
      ...(given.segments[index]?.usage && { usage }),
    })),
    ...(given.days !== undefined && { days: daysOf(own, prices) }),
    ...(adjustments.length > 0 && { adjustments }),
    late,
    preview,
  });
}

/** The list of that version, if it is the newest that applies to the month. */
function listFor(lists: readonly PriceList[], month: string, version: string) {
  const newest = lists
    .filter(({ from }) => from <= month)
    .toSorted(byStart)
    .at(-1);
  return newest?.version === version ? newest : null;
}

const byStart = (left: PriceList, right: PriceList) => (left.from < right.from ? -1 : 1);

function chargesFor(usage: Usage, { prices }: PriceList) {
  const lines = prices.map((price) => {
    const { item, unit, counts, priceMicros, per, tiers } = price;
    const quantity = usage[counts as keyof Usage];
    const priced = { unitPriceMicros: priceMicros, per, ...(tiers && { tiers }) };
    return { item, quantity, unit, ...priced, amountMicros: amountOf(quantity, price) };
  });
  return { lines, totalMicros: lines.reduce((sum, line) => sum + line.amountMicros, 0), usage };
}

/** A day costs what the month costs up to its end, minus what it costs up to its start. */
function daysOf(shares: readonly Share[], { prices }: PriceList) {
  const names = new Set(shares.flatMap(({ days }) => [...days.keys()]));
  let start = sumOf([]);
  return [...names].toSorted().map((day) => {
    const usage = sumOf(shares.flatMap(({ days }) => days.get(day) ?? []));
    const [before, after] = [start, sumOf([start, usage])];
    start = after;
    const lines = prices.map((price) => {
      const counts = price.counts as keyof Usage;
      const amountMicros = amountOf(after[counts], price) - amountOf(before[counts], price);
      return { item: price.item, quantity: usage[counts], amountMicros };
    });
    return { day, usage, lines };
  });
}

/** Each unit at its tier's price, rounded half up once to a whole micro-unit, without floating point. */
function amountOf(
  quantity: number,
  { priceMicros, per, tiers = [] }: PriceList["prices"][number],
): number {
  let product = BigInt(quantity) * BigInt(priceMicros);
  let price = priceMicros;
  for (const tier of tiers) {
    const beyond = Math.max(0, quantity - tier.above);
    product += BigInt(beyond) * BigInt(tier.priceMicros - price);
    price = tier.priceMicros;
  }
  return Number((2n * product + BigInt(per)) / (2n * BigInt(per)));
}

function sumOf(usages: readonly Usage[]): Usage {
  const entries = figures.map((figure) => [
    figure,
    // Bytes and pixels, which no price counts, stop there; so do the books.
    usages.reduce((sum, usage) => Math.min(sum + usage[figure], Number.MAX_SAFE_INTEGER), 0),
  ]);
  return Object.fromEntries(entries) as Usage;
}
