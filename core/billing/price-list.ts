import { monthStart, type ExactTotal, type Month } from "../ledger/usage.ts";

/** Money is counted in micro-units: 1 000 000 of them are one unit of the currency. Never a fraction. */
export interface PriceList {
  readonly version: string;
  /** The first month it applies to. */
  readonly from: Month;
  readonly currency: "USD";
  readonly prices: readonly Price[];
}

export interface Price {
  readonly item: string;
  readonly unit: string;
  /** Which total is billed. */
  readonly counts: ExactTotal;
  /** Micro-units for every `per` units. */
  readonly priceMicros: number;
  readonly per: number;
  /** What the units of a month beyond `above` cost, in rising order of `above`; absent: all cost the same. */
  readonly tiers?: readonly PriceTier[];
}

export interface PriceTier {
  readonly above: number;
  /** Micro-units for every `per` units. */
  readonly priceMicros: number;
}

/**
 * Oldest first. A list that has been published never changes: statements name its version.
 *
 * A thousand resizes of 100 units come to 0.0166 USD, a thirtieth of the 0.50 USD that hosted services
 * ask. An operator puts prices of their own here before billing anyone (docs/deploy.md).
 */
export const priceLists: readonly PriceList[] = [
  {
    version: "2026-01",
    from: "2026-01",
    currency: "USD",
    prices: [
      {
        item: "renditions",
        unit: "rendition",
        counts: "outputs",
        priceMicros: 14_500,
        per: 1000,
      },
      {
        item: "compute",
        unit: "compute unit",
        counts: "computeUnits",
        priceMicros: 21_000,
        per: 1_000_000,
      },
    ],
  },
];

/** The newest list that applies to the month; throws for a month before there were prices. */
export function priceListFor(month: Month): PriceList {
  const list = priceLists.findLast(({ from }) => monthStart(from) <= monthStart(month));
  if (!list) throw new RangeError(`there is no price list for ${month}`);
  return list;
}

/**
 * What `quantity` units cost, each at the price of its tier, rounded half up once to a whole micro-unit. Exact for
 * every safe integer: the products are taken in BigInt. Throws when the amount itself is beyond 2^53, nine
 * billion dollars.
 */
export function amountMicros(quantity: number, { priceMicros, per, tiers = [] }: Price): number {
  const steps = [{ above: 0, priceMicros }, ...tiers];
  const product = steps.reduce((sum, step, index) => {
    const end = Math.min(quantity, steps[index + 1]?.above ?? quantity);
    const units = Math.max(0, end - step.above);
    return sum + BigInt(units) * BigInt(step.priceMicros);
  }, 0n);
  const amount = (2n * product + BigInt(per)) / (2n * BigInt(per));
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("an amount is beyond 2^53");
  return Number(amount);
}
