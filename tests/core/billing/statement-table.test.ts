import { describe, expect, test } from "vitest";
import { daysOf } from "../../../core/billing/days.ts";
import { amountMicros, priceListFor, type PriceList } from "../../../core/billing/price-list.ts";
import { creditsOf, type StatedCreditNote } from "../../../core/books/credit-note.ts";
import { statementCsv, statementFocus } from "../../../core/billing/statement-table.ts";
import { buildStatement, type Statement } from "../../../core/billing/statement.ts";
import fc from "fast-check";
import {
  emptyCheckpoint,
  expectedAfter,
  foldSegment,
  type Checkpoint,
} from "../../../core/billing/checkpoint.ts";
import { openSegment } from "../../../core/ledger/segment.ts";
import { directSum, doneAt, eventHistory, sealAll, utc, valueOf } from "./usage-samples.ts";
import { monthOf, type UsageEvent } from "../../../core/ledger/usage.ts";

const checkpointOf = (events: readonly UsageEvent[]): Checkpoint =>
  sealAll(events, [3]).reduce(
    (state, { bytes }) => foldSegment(state, valueOf(openSegment(bytes, expectedAfter(state)))),
    emptyCheckpoint("tnt_a/local/0"),
  );

const events = [
  doneAt(utc("2026-11-02T23:59:59.999Z"), 1),
  doneAt(utc("2026-11-03T00:00:00.000Z"), 2),
  doneAt(utc("2026-11-03T12:00:00.000Z"), 3),
];
const statement: Statement = buildStatement({
  tenant: "tnt_a",
  month: "2026-11",
  checkpoints: [checkpointOf(events)],
  harvest: { included: 1, known: 1 },
  through: utc("2026-11-04T00:00:00.000Z"),
  previewAsOf: null,
  adjust: [
    {
      month: "2026-10",
      ledger: "tnt_a/local/0",
      totals: directSum(events.slice(0, 1)),
      segments: { first: 1, last: 1, lastHash: "" },
    },
  ],
  late: [],
});
const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","));
/** The sum of a column. */
const total = (text: string, column: string) => {
  const [head = [], ...rows] = rowsOf(text);
  return rows.reduce((sum, row) => sum + Number(row[head.indexOf(column)]), 0);
};

describe("the days of a statement", () => {
  test("leave out the hour that starts where the statement ends", () => {
    const through = utc("2026-11-03T12:00:00.000Z");
    const days = daysOf([checkpointOf(events)], "2026-11", through, priceListFor("2026-11"));
    expect(days.map(({ usage }) => usage.jobsDone)).toEqual([1, 1]);
  });

  test("are those with usage, cut at midnight in UTC", () => {
    expect(statement.days?.map(({ day, usage }) => [day, usage])).toEqual([
      ["2026-11-02", directSum(events.slice(0, 1))],
      ["2026-11-03", directSum(events.slice(1))],
    ]);
  });

  test("come oldest first, whichever ledger has them", () => {
    const second = checkpointOf([doneAt(utc("2026-11-02T23:59:59.999Z"), 1)]);
    const third = checkpointOf([doneAt(utc("2026-11-03T00:00:00.000Z"), 1)]);
    const checkpoints = [third, second, third];
    const days = daysOf(checkpoints, "2026-11", Infinity, priceListFor("2026-11"));
    expect(days.map(({ day, usage }) => [day, usage.jobsDone])).toEqual([
      ["2026-11-02", 1],
      ["2026-11-03", 2],
    ]);
  });

  const tiered = (per: number, above: number): PriceList => ({
    version: "t",
    from: "2026-01",
    currency: "USD",
    prices: [
      {
        item: "compute",
        unit: "unit",
        counts: "computeUnits",
        priceMicros: 7,
        per,
        tiers: [{ above, priceMicros: 3 }],
      },
    ],
  });

  test("add up to the lines, whatever is rounded and wherever a tier ends", () => {
    fc.assert(
      fc.property(
        eventHistory,
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        (history, per, above) => {
          const list = tiered(per, above);
          for (const month of new Set(history.map(({ at }) => monthOf(at)))) {
            const days = daysOf([checkpointOf(history)], month, Infinity, list);
            const units = directSum(history.filter(({ at }) => monthOf(at) === month)).computeUnits;
            const lines = days.flatMap((day) => day.lines);
            expect(lines.reduce((sum, line) => sum + line.quantity, 0)).toBe(units);
            const whole = list.prices.map((price) => amountMicros(units, price))[0];
            expect(lines.reduce((sum, line) => sum + line.amountMicros, 0)).toBe(whole);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([
    [99, 693],
    [100, 700],
    [101, 703],
    [1000, 700 + 2700],
  ])("of %i units in two tiers cost %i", (units, amount) => {
    const [price] = tiered(1, 100).prices;
    if (!price) throw new Error("there is a price");
    expect(amountMicros(units, price)).toBe(amount);
  });
});

describe("a statement as a table", () => {
  test("has a row for each day and item, and for each adjustment", () => {
    const [head, ...rows] = rowsOf(statementCsv(statement));
    expect(head?.slice(0, 6)).toEqual(["tenant", "month", "status", "kind", "from", "to"]);
    const second = ["2026-11-02T00:00:00.000Z", "2026-11-03T00:00:00.000Z"];
    const third = ["2026-11-03T00:00:00.000Z", "2026-11-04T00:00:00.000Z"];
    const october = ["2026-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z"];
    expect(rows.map((row) => [...row.slice(3, 6), ...row.slice(7, 10)])).toEqual([
      ["usage", ...second, "renditions", "rendition", "2"],
      ["usage", ...second, "compute", "compute unit", "117"],
      ["usage", ...third, "renditions", "rendition", "4"],
      ["usage", ...third, "compute", "compute unit", "234"],
      ["adjustment", ...october, "renditions", "rendition", "2"],
      ["adjustment", ...october, "compute", "compute unit", "117"],
    ]);
    expect(total(statementCsv(statement), "amount_micros")).toBe(statement.totalMicros);
  });

  test("of an earlier version has its month alone", () => {
    const { days: _, ...older } = statement;
    expect(rowsOf(statementCsv(older))[1]?.slice(4, 6)).toEqual([
      "2026-11-01T00:00:00.000Z",
      "2026-12-01T00:00:00.000Z",
    ]);
    expect(total(statementCsv(older), "amount_micros")).toBe(statement.totalMicros);
  });

  test("in FOCUS bills the same, in whole units, and marks what corrects an earlier month", () => {
    const focus = statementFocus(statement);
    expect(total(focus, "BilledCost")).toBeCloseTo(statement.totalMicros / 1e6, 9);
    const [head = [], ...rows] = rowsOf(focus);
    const column = (name: string) => rows.map((row) => row[head.indexOf(name)]);
    expect(column("BilledCost")[0]).toBe("0.000029");
    expect(column("ListUnitPrice").slice(0, 2)).toEqual(["0.0000145", "0.000000021"]);
    expect(column("ChargeClass")).toEqual(["", "", "", "", "Correction", "Correction"]);
    expect(new Set(column("BillingPeriodStart"))).toEqual(new Set(["2026-11-01T00:00:00.000Z"]));
    expect(rows.every((row) => row.length === head.length)).toBe(true);
  });

  test("in FOCUS has what costs nothing at 0, without a sign", () => {
    const free = directSum([]);
    const lines = statement.lines.map((line) => ({ ...line, quantity: 0, amountMicros: 0 }));
    const days = [{ day: "2026-11-02", usage: free, lines }];
    const [head = [], row = []] = rowsOf(statementFocus({ ...statement, days }));
    expect(row[head.indexOf("BilledCost")]).toBe("0.000000");
  });

  const note: StatedCreditNote = {
    number: 1,
    reference: "T-17",
    amountMicros: 12,
    reason: '=HYPERLINK("x"), an "outage"',
    issuedAt: "2026-12-02T00:00:00.000Z",
    previous: "",
    signedAt: 0,
    key: "",
    signature: "",
  };
  const credited = { ...statement, ...creditsOf([note], statement.totalMicros) };

  test("takes its credit notes off, in a row each", () => {
    const text = statementCsv(credited);
    expect(total(text, "amount_micros")).toBe(credited.payableMicros);
    expect(text.trimEnd().split("\r\n").at(-1)).toBe(
      "tnt_a,2026-11,open,credit,2026-11-01T00:00:00.000Z,2026-12-01T00:00:00.000Z,,credit-note,,,,,-12,USD,,T-17",
    );
  });

  test("in FOCUS has them as credits that correct the invoiced month, with a cost and no quantity", () => {
    const text = statementFocus(credited);
    const [head = ""] = text.split("\r\n");
    const [last = ""] = text.trimEnd().split("\r\n").slice(-1);
    // The reason has a comma and quotes, and cannot begin a cell: no table takes it for a formula.
    const described = `"Credit note 1 (T-17): =HYPERLINK(""x""), an ""outage"""`;
    expect(last).toContain(`,${described},`);
    const cells = last.replace(described, "described").split(",");
    const row = Object.fromEntries(head.split(",").map((name, index) => [name, cells[index]]));
    expect(row).toMatchObject({
      ...{ BilledCost: "-0.000012", EffectiveCost: "-0.000012", ListCost: "-0.000012" },
      ...{ ChargeCategory: "Credit", ChargeClass: "Correction", ChargeFrequency: "One-Time" },
      ...{ ConsumedQuantity: "", PricingQuantity: "", ListUnitPrice: "", SkuId: "" },
      BillingPeriodStart: "2026-11-01T00:00:00.000Z",
    });
    expect(total(text.replace(described, "described"), "BilledCost")).toBeCloseTo(
      credited.payableMicros / 1e6,
      9,
    );
  });
});
