import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  amountMicros,
  priceListFor,
  priceLists,
  type PriceList,
} from "../../../core/billing/price-list.ts";
import {
  emptyCheckpoint,
  expectedAfter,
  foldSegment,
  type Checkpoint,
} from "../../../core/billing/checkpoint.ts";
import { buildStatement, supersedes } from "../../../core/billing/statement.ts";
import { openSegment } from "../../../core/ledger/segment.ts";
import { monthStart, type UsageEvent } from "../../../core/ledger/usage.ts";
import { directSum, doneAt, ledger, sealAll, utc, valueOf } from "./usage-samples.ts";

function checkpointOf(events: readonly UsageEvent[]): Checkpoint {
  return sealAll(events, [3]).reduce(
    (state, { bytes }) => foldSegment(state, valueOf(openSegment(bytes, expectedAfter(state)))),
    emptyCheckpoint(ledger),
  );
}

const november = {
  tenant: "tnt_a",
  month: "2026-11" as const,
  harvest: { included: 1, known: 1 },
  previewAsOf: null,
  adjust: [],
  late: [],
};

describe("an amount", () => {
  const price = fc.record({
    item: fc.constant("anything"),
    unit: fc.constant("piece"),
    counts: fc.constant("outputs" as const),
    priceMicros: fc.integer({ min: 0, max: 1_000_000 }),
    per: fc.integer({ min: 1, max: 1_000_000 }),
  });

  test("is the exact product, rounded half up to a whole micro-unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9e9 }), price, (quantity, line) => {
        const product = BigInt(quantity) * BigInt(line.priceMicros);
        const [whole, rest] = [product / BigInt(line.per), product % BigInt(line.per)];
        expect(BigInt(amountMicros(quantity, line))).toBe(
          2n * rest >= BigInt(line.per) ? whole + 1n : whole,
        );
      }),
    );
  });

  test.each([
    [0, 14_500, 1000, 0],
    [1, 1, 2, 1],
    [1, 1, 3, 0],
    [3, 1, 2, 2],
    [Number.MAX_SAFE_INTEGER, 21_000, 1_000_000, 189_151_184_349_561],
    [Number.MAX_SAFE_INTEGER, 1, 1, Number.MAX_SAFE_INTEGER],
  ])("of %i at %i for every %i is %i", (quantity, priceMicros, per, amount) => {
    const line = { item: "", unit: "", counts: "outputs" as const, priceMicros, per };
    expect(amountMicros(quantity, line)).toBe(amount);
  });

  test("that would not be exact is refused", () => {
    const line = { item: "", unit: "", counts: "outputs" as const, priceMicros: 2, per: 1 };
    expect(() => amountMicros(Number.MAX_SAFE_INTEGER, line)).toThrow(RangeError);
  });
});

describe("the price list", () => {
  test("asks a thirtieth of 0.50 USD for a thousand resizes of 100 units", () => {
    const quantities = { outputs: 1000, computeUnits: 100_000 } as Record<string, number>;
    const micros = priceListFor("2026-11")
      .prices.map((price) => amountMicros(quantities[price.counts] ?? 0, price))
      .reduce((sum, amount) => sum + amount, 0);
    expect(micros).toBe(16_600);
    expect(micros).toBeLessThanOrEqual(500_000 / 30);
  });

  test("is the newest that has begun, and there is none before the first", () => {
    const versions = priceLists.map(({ version }) => version);
    expect(new Set(versions).size).toBe(versions.length);
    expect(priceLists).toEqual(
      priceLists.toSorted((left, right) => monthStart(left.from) - monthStart(right.from)),
    );
    expect(priceListFor("2026-01").version).toBe("2026-01");
    expect(() => priceListFor("2025-12")).toThrow(RangeError);
  });
});

describe("a statement", () => {
  const events = [
    doneAt(utc("2026-11-01T00:00:00.000Z"), 1),
    doneAt(utc("2026-11-30T22:30:00.000Z"), 2),
    doneAt(utc("2026-11-30T23:59:59.999Z"), 3),
    doneAt(utc("2026-12-01T00:00:00.000Z"), 4),
  ];
  const checkpoints = [checkpointOf(events)];

  test("holds the closed hours of its month and nothing else", () => {
    const through = utc("2026-11-30T23:00:00.000Z");
    const statement = buildStatement({ ...november, checkpoints, through });
    expect(statement).toMatchObject({
      status: "open",
      through: "2026-11-30T23:00:00.000Z",
      usage: directSum(events.slice(0, 2)),
      segments: [{ ledger, first: 1, last: 1, usage: directSum(events.slice(0, 2)) }],
    });
    for (const absent of ["preview", "adjustments", "late"]) {
      expect(statement).not.toHaveProperty(absent);
    }
  });

  test("takes in the month's last millisecond, becomes final with it, and stays so", () => {
    const through = utc("2026-12-01T00:00:00.000Z");
    const statement = buildStatement({ ...november, checkpoints, through });
    expect(statement).toMatchObject({
      status: "final",
      through: "2026-12-01T00:00:00.000Z",
      usage: directSum(events.slice(0, 3)),
      lines: [
        { item: "renditions", quantity: 6, unitPriceMicros: 14_500, per: 1000, amountMicros: 87 },
        {
          item: "compute",
          quantity: 351,
          unitPriceMicros: 21_000,
          per: 1_000_000,
          amountMicros: 7,
        },
      ],
      totalMicros: 94,
    });
    const later = { ...november, checkpoints, through: utc("2027-03-05T11:00:00.000Z") };
    expect(JSON.stringify(buildStatement(later))).toBe(JSON.stringify(statement));
  });

  test("is not final while a ledger is missing, and says so", () => {
    const through = utc("2026-12-01T00:00:00.000Z");
    const harvest = { included: 1, known: 2 };
    const statement = buildStatement({ ...november, checkpoints, harvest, through });
    expect(statement).toMatchObject({ status: "open", ledgers: harvest });
  });

  test("shows the open hour in its preview and nowhere else", () => {
    const through = utc("2026-11-30T23:00:00.000Z");
    const input = { ...november, checkpoints, through };
    const { preview, ...rest } = buildStatement({ ...input, previewAsOf: through + 1_800_000 });
    expect(rest).toEqual(buildStatement(input));
    expect(preview).toMatchObject({
      status: "preview",
      asOf: "2026-11-30T23:30:00.000Z",
      usage: directSum(events.slice(0, 3)),
      totalMicros: 94,
    });
  });

  test("of a month that is over has no preview", () => {
    const through = utc("2026-12-01T00:00:00.000Z");
    const input = { ...november, checkpoints, through, previewAsOf: through };
    expect(buildStatement(input)).not.toHaveProperty("preview");
  });

  test("says where the tiers of its prices begin", () => {
    const tiers = [{ above: 100, priceMicros: 3 }];
    const price = { item: "renditions", unit: "rendition", priceMicros: 7, per: 1, tiers };
    (priceLists as PriceList[]).push({
      ...{ version: "2026-11", from: "2026-11", currency: "USD" },
      prices: [{ ...price, counts: "outputs" }],
    });
    onTestFinished(() => void (priceLists as PriceList[]).pop());
    const through = utc("2026-12-01T00:00:00.000Z");
    expect(buildStatement({ ...november, checkpoints, through }).lines).toMatchObject([
      { item: "renditions", quantity: 6, unitPriceMicros: 7, tiers, amountMicros: 42 },
    ]);
  });

  test("without usage costs nothing", () => {
    const through = utc("2026-11-20T10:00:00.000Z");
    const checkpoints = [emptyCheckpoint(ledger)];
    expect(buildStatement({ ...november, checkpoints, through })).toMatchObject({
      totalMicros: 0,
      usage: directSum([]),
      segments: [],
    });
  });

  test("charges late usage of an earlier month at that month's prices, apart from its own", () => {
    const through = utc("2026-11-20T10:00:00.000Z");
    const segments = { first: 4, last: 6, lastHash: "f".repeat(64) };
    const totals = directSum([doneAt(utc("2026-10-31T23:00:00.000Z"), 9)]);
    const adjust = [{ month: "2026-10" as const, ledger, totals, segments }];
    const checkpoints = [checkpointOf(events.slice(0, 1))];
    const statement = buildStatement({ ...november, checkpoints, through, adjust });
    expect(statement.usage).toEqual(directSum(events.slice(0, 1)));
    expect(statement.adjustments).toEqual([
      {
        month: "2026-10",
        priceList: "2026-01",
        ledger,
        segments,
        lines: statement.lines,
        totalMicros: 31,
        usage: totals,
      },
    ]);
    expect(statement.totalMicros).toBe(31 + 31);
  });

  test("names the ledgers that are late", () => {
    const through = utc("2026-11-20T10:00:00.000Z");
    const late = [{ ledger, through: null, reason: "unreachable" as const }];
    const harvest = { included: 0, known: 1 };
    const statement = buildStatement({ ...november, checkpoints, harvest, through, late });
    expect(statement).toMatchObject({ status: "open", ledgers: harvest, late });
  });

  test("adds up all ledgers of the tenant before it rounds", () => {
    const through = utc("2026-12-01T00:00:00.000Z");
    const other = { ...checkpointOf(events), ledger: "tnt_a/local/1" };
    const statement = buildStatement({
      ...november,
      checkpoints: [...checkpoints, other],
      harvest: { included: 2, known: 2 },
      through,
    });
    expect(statement.usage.computeUnits).toBe(702);
    expect(statement.totalMicros).toBe(174 + 15);
    expect(statement.segments.map((segments) => segments.ledger)).toEqual([ledger, other.ledger]);
  });
});

describe("of two statements for one month", () => {
  const at = (through: string, included: number, known = 2) =>
    buildStatement({
      ...november,
      checkpoints: [],
      harvest: { included, known },
      through: utc(through),
    });
  const final = at("2026-12-01T00:00:00Z", 2);
  const lastOpen = at("2026-12-01T00:00:00Z", 1);

  test.each([
    ["the later hour", at("2026-11-20T11:00:00Z", 1), at("2026-11-20T10:00:00Z", 2), true],
    ["never the earlier hour", at("2026-11-20T10:00:00Z", 2), at("2026-11-20T11:00:00Z", 1), false],
    ["the larger harvest", at("2026-11-20T10:00:00Z", 2), at("2026-11-20T10:00:00Z", 1), true],
    ["never the smaller", at("2026-11-20T10:00:00Z", 1), at("2026-11-20T10:00:00Z", 2), false],
    ["the newer of equals", at("2026-11-20T10:00:00Z", 2), at("2026-11-20T10:00:00Z", 2), true],
    ["the final one", final, lastOpen, true],
    ["the final one of fewer ledgers", final, at("2026-12-01T00:00:00Z", 3, 4), true],
    ["never an open one instead of a final one", lastOpen, final, false],
    ["never another final one", final, final, false],
  ])("%s stands", (_, next, stored, wins) => expect(supersedes(next, stored)).toBe(wins));
});
