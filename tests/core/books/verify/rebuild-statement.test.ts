import { describe, expect, test } from "vitest";
import type { Row } from "../../../../core/books/verify/read-segment.ts";
import {
  addRow,
  isUsage,
  rebuildStatement,
  sharesOf,
  sumsDifference,
  type GivenStatement,
  type PriceList,
  type Usage,
} from "../../../../core/books/verify/rebuild-statement.ts";

const none: Usage = {
  jobsDone: 0,
  jobsFailed: 0,
  outputs: 0,
  bytesIn: 0,
  bytesOut: 0,
  pixels: 0,
  computeUnits: 0,
};
const prices: PriceList = {
  version: "2026-01",
  from: "2026-01",
  currency: "USD",
  prices: [
    {
      item: "units",
      unit: "unit",
      counts: "computeUnits",
      priceMicros: 15,
      per: 10,
      tiers: [
        { above: 10, priceMicros: 10 },
        { above: 20, priceMicros: 5 },
      ],
    },
  ],
};
const newer = { ...prices, version: "2026-12", from: "2026-12" };
const older = { ...prices, version: "2025-01", from: "2025-01" };
const lists = [newer, prices, older];

const range = { first: 2, last: 4, lastHash: "aa" };
const given: GivenStatement = {
  tenant: "tnt_a",
  month: "2026-11",
  priceList: "2026-01",
  status: "open",
  through: "2026-11-30T12:00:00.000Z",
  usage: none,
  ledgers: { included: 1, known: 1 },
  segments: [{ ledger: "l", ...range }],
};

const row = (at: string, computeUnits: number, more: Partial<Row> = {}): Row => ({
  seq: 1,
  job: "j",
  at: Date.parse(at),
  outcome: "done",
  outputs: 1,
  bytesIn: 2,
  bytesOut: 3,
  pixels: 4,
  computeUnits,
  ...more,
});

function rebuilt(statement: GivenStatement, rows: readonly Row[], known = lists) {
  const shares = sharesOf(statement);
  for (const each of rows) for (const share of shares.own) addRow(share, each, 3);
  const text = rebuildStatement(statement, shares, known);
  return text === null ? null : (JSON.parse(text) as Record<string, never>);
}

test("days are those of all ledgers, also of days on which one of them did nothing", () => {
  const segments = ["l", "m"].map((ledger) => ({ ledger, ...range }));
  const two = { ...given, segments, days: [] };
  const shares = sharesOf(two);
  const [first, second] = shares.own;
  if (!first || !second) throw new Error("two ledgers have two shares");
  addRow(first, row("2026-11-01T00:00:00.000Z", 1), 3);
  addRow(second, row("2026-11-02T00:00:00.000Z", 2), 3);
  const { days } = JSON.parse(rebuildStatement(two, shares, lists) ?? "") as {
    readonly days: readonly { readonly day: string; readonly usage: Usage }[];
  };
  expect(days.map(({ day, usage }) => [day, usage.jobsDone, usage.computeUnits])).toEqual([
    ["2026-11-01", 1, 1],
    ["2026-11-02", 1, 2],
  ]);
});

const total = (units: number) =>
  (rebuilt(given, [row("2026-11-01T00:00:00.000Z", units)]) as { totalMicros: number } | null)
    ?.totalMicros;

describe("units cost", () => {
  // 1.5 each up to 10, 1 each up to 20, then a half; half a micro-unit is rounded up, once.
  test.each([
    [0, 0],
    [1, 2],
    [2, 3],
    [10, 15],
    [11, 16],
    [20, 25],
    [21, 26],
    [22, 26],
    [23, 27],
  ])("%i at their tiers %i", (units, micros) => {
    expect(total(units)).toBe(micros);
  });
});

describe("a row belongs to the statement", () => {
  const isIn = (at: string, segment: number) => {
    const [share] = sharesOf(given).own;
    if (!share) throw new Error("no share");
    addRow(share, row(at, 1), segment);
    return share.usage.jobsDone === 1;
  };
  test.each([
    ["from the month's first moment", "2026-11-01T00:00:00.000Z", 3, true],
    ["not before it", "2026-10-31T23:59:59.999Z", 3, false],
    ["up to where it goes", "2026-11-30T11:59:59.999Z", 3, true],
    ["not from there on", "2026-11-30T12:00:00.000Z", 3, false],
    ["in its first segment", "2026-11-02T00:00:00.000Z", 2, true],
    ["in its last segment", "2026-11-02T00:00:00.000Z", 4, true],
    ["not before those", "2026-11-02T00:00:00.000Z", 1, false],
    ["nor after them", "2026-11-02T00:00:00.000Z", 5, false],
  ])("%s", (_, at, segment, isWanted) => {
    expect(isIn(at, segment)).toBe(isWanted);
  });

  test("and names the first and the last segment in which there are such", () => {
    const shares = sharesOf(given);
    const [share] = shares.own;
    if (!share) throw new Error("no share");
    for (const segment of [3, 2, 4]) addRow(share, row("2026-11-02T00:00:00.000Z", 1), segment);
    expect([share.first, share.last]).toEqual([2, 4]);
    expect(JSON.parse(rebuildStatement(given, shares, lists) ?? "")).toMatchObject({
      segments: [{ ledger: "l", first: 2, last: 4, lastHash: "aa" }],
    });
  });
});

test("days add up to the month, each at what the month costs more by its end", () => {
  const rows = [
    row("2026-11-02T10:00:00.000Z", 5),
    row("2026-11-01T10:00:00.000Z", 9),
    row("2026-11-02T11:00:00.000Z", 0, { outcome: "failed", outputs: 0, bytesOut: 0, pixels: 0 }),
  ];
  const usage = { jobsDone: 2, jobsFailed: 1, outputs: 2, bytesIn: 6, bytesOut: 6, pixels: 8 };
  const amount = (quantity: number, amountMicros: number) => ({
    item: "units",
    quantity,
    amountMicros,
  });
  expect(rebuilt({ ...given, days: [], late: 1, preview: 2 }, rows)).toEqual({
    v: 1,
    tenant: "tnt_a",
    month: "2026-11",
    currency: "USD",
    priceList: "2026-01",
    status: "open",
    through: given.through,
    lines: [
      {
        ...amount(14, 19),
        unit: "unit",
        unitPriceMicros: 15,
        per: 10,
        tiers: prices.prices[0]?.tiers,
      },
    ],
    usage: { ...usage, computeUnits: 14 },
    totalMicros: 19,
    ledgers: { included: 1, known: 1 },
    segments: [{ ledger: "l", first: 3, last: 3, lastHash: "aa" }],
    days: [
      {
        day: "2026-11-01",
        usage: {
          ...none,
          jobsDone: 1,
          outputs: 1,
          bytesIn: 2,
          bytesOut: 3,
          pixels: 4,
          computeUnits: 9,
        },
        lines: [amount(9, 14)],
      },
      {
        day: "2026-11-02",
        usage: {
          ...none,
          jobsDone: 1,
          jobsFailed: 1,
          outputs: 1,
          bytesIn: 4,
          bytesOut: 3,
          pixels: 4,
          computeUnits: 5,
        },
        lines: [amount(5, 5)],
      },
    ],
    late: 1,
    preview: 2,
  });
});

test("what a statement of an earlier version did not say is not added", () => {
  const fields = Object.keys(rebuilt(given, []) ?? {});
  for (const name of ["days", "late", "preview", "adjustments"]) expect(fields).not.toContain(name);
});

describe("a statement's price list", () => {
  test.each([
    ["the newest that applies to the month", "2026-11", "2026-01", true],
    ["not one that was replaced", "2026-11", "2025-01", false],
    ["not one that applies later", "2026-11", "2026-12", false],
    ["from its first month on", "2026-12", "2026-12", true],
  ])("is %s", (_, month, priceList, isRight) => {
    expect(rebuilt({ ...given, month, priceList }, []) !== null).toBe(isRight);
  });

  test("and its adjustments' are there", () => {
    const adjustment = {
      month: "2026-10",
      priceList: "2026-01",
      ledger: "l",
      segments: range,
      usage: { ...none, computeUnits: 1 },
    };
    const adjusted = { ...given, adjustments: [adjustment] };
    const shares = sharesOf(adjusted);
    for (const share of shares.adjusted) {
      addRow(share, row("2026-10-31T23:59:59.999Z", 2), 3);
      addRow(share, row("2026-11-01T00:00:00.000Z", 2), 3);
    }
    const text = rebuildStatement(adjusted, shares, lists);
    expect(JSON.parse(text ?? "")).toMatchObject({
      totalMicros: 3,
      adjustments: [
        { month: "2026-10", segments: range, totalMicros: 3, usage: { computeUnits: 2 } },
      ],
    });
    expect(sumsDifference(adjusted, shares.own, shares.adjusted)).toBe(1 + 1 + 1 + 2 + 3 + 4);
    const unknown = { ...adjusted, adjustments: [{ ...adjustment, priceList: "2024-01" }] };
    expect(rebuildStatement(unknown, shares, lists)).toBeNull();
  });
});

test.each<[string, Parameters<typeof isUsage>[0], boolean]>([
  ["all figures", none, true],
  ["nothing", null, false],
  ["no figure", {}, false],
  ["one figure less", { ...none, pixels: undefined }, false],
  ["part of a pixel", { ...none, pixels: 0.5 }, false],
])("%s: whether that is usage", (_, value, isOne) => {
  expect(isUsage(value)).toBe(isOne);
});

test("figures that no price counts stop where they would not be exact", () => {
  const full = row("2026-11-01T00:00:00.000Z", 0, { pixels: Number.MAX_SAFE_INTEGER });
  const two = { ...given, segments: [...given.segments, { ledger: "m", ...range }] };
  expect(rebuilt(two, [full])).toMatchObject({ usage: { pixels: Number.MAX_SAFE_INTEGER } });
});
