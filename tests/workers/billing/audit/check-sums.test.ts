import { expect, test } from "vitest";
import { Tally } from "../../../../core/billing/audit-report.ts";
import { amountMicros, priceListFor } from "../../../../core/billing/price-list.ts";
import type { Adjustment, Charges, Statement } from "../../../../core/billing/statement.ts";
import { emptyTotals, type Month } from "../../../../core/ledger/usage.ts";
import { checkStatement } from "../../../../workers/billing/audit/check-sums.ts";

const month: Month = "2026-11";

/** So many renditions and a million units, priced by the list. */
function charges(outputs: number): Charges {
  const usage = { ...emptyTotals, outputs, computeUnits: 1_000_000 };
  const lines = priceListFor(month).prices.map((price) => ({
    item: price.item,
    quantity: usage[price.counts],
    unit: price.unit,
    unitPriceMicros: price.priceMicros,
    per: price.per,
    amountMicros: amountMicros(usage[price.counts], price),
  }));
  const totalMicros = lines.reduce((total, line) => total + line.amountMicros, 0);
  return { usage, lines, totalMicros };
}

/** Of a month, with late usage of the month before, where `changes` leave it right. */
function statement(changes: { adjustment?: Partial<Charges>; totalMicros?: number } = {}) {
  const own = charges(5000);
  const late = { ...charges(1000), ...changes.adjustment };
  const adjustments: Pick<Adjustment, "month" | keyof Charges>[] = [{ ...late, month: "2026-10" }];
  const totalMicros = changes.totalMicros ?? own.totalMicros + late.totalMicros;
  return { ...own, tenant: "tnt_a", month, segments: [], adjustments, totalMicros };
}

function breachesOf(stated: object): string[] {
  const tally = new Tally();
  checkStatement(stated as Statement, [], tally);
  return tally.breaches.map(({ invariant }) => invariant);
}

test("a statement whose total is its lines and its adjustments is right", () => {
  expect(breachesOf(statement())).toEqual([]);
});

test.each([
  ["whose total leaves out the adjustments", statement({ totalMicros: charges(5000).totalMicros })],
  [
    "with an adjustment above its own lines, counted in the total",
    statement({ adjustment: { totalMicros: charges(1000).totalMicros + 1 } }),
  ],
  [
    "with an adjustment whose lines are not those of its usage",
    statement({ adjustment: { usage: charges(1001).usage } }),
  ],
])("a statement %s is reported", (_, stated) => {
  expect(breachesOf(stated)).toEqual(["statements-are-priced-right"]);
});
