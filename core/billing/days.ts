import { addTotals, emptyTotals, monthOf, type Month, type UsageTotals } from "../ledger/usage.ts";
import { amountMicros, type PriceList } from "./price-list.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** One UTC day of a statement. The days' usage and amounts add up to those of the statement's lines. */
export interface StatementDay {
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly usage: UsageTotals;
  readonly lines: readonly DayLine[];
}

export interface DayLine {
  readonly item: string;
  readonly quantity: number;
  /** What the month costs up to the day's end, minus what it costs up to its start: so rounding and tiers add up. */
  readonly amountMicros: number;
}

/** Days with usage in the month and before `through` (epoch milliseconds), oldest first. */
export function daysOf(
  checkpoints: readonly Checkpoint[],
  month: Month,
  through: number,
  { prices }: PriceList,
): StatementDay[] {
  const hours = checkpoints
    .flatMap((checkpoint) => checkpoint.hours)
    .filter(({ hour }) => monthOf(hour) === month && hour < through)
    .toSorted((left, right) => left.hour - right.hour);
  const byDay = Map.groupBy(hours, ({ hour }) => new Date(hour).toISOString().slice(0, 10));
  let before = emptyTotals;
  return [...byDay].map(([day, parts]) => {
    const usage = parts.map(({ totals }) => totals).reduce(addTotals, emptyTotals);
    const [start, end] = [before, addTotals(before, usage)];
    before = end;
    const lines = prices.map((price) => ({
      item: price.item,
      quantity: usage[price.counts],
      amountMicros:
        amountMicros(end[price.counts], price) - amountMicros(start[price.counts], price),
    }));
    return { day, usage, lines };
  });
}
