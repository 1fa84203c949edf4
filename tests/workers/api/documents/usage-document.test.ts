import { expect, test } from "vitest";
import { emptyTotals } from "../../../../core/ledger/usage.ts";
import type { LedgerUsage } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { usageDocument } from "../../../../workers/api/documents/usage-document.ts";

const at = (text: string) => Date.parse(`2026-${text}:00:00.000Z`);
const used = (text: string, computeUnits: number) => ({
  hour: at(text),
  totals: { ...emptyTotals, jobsDone: 1, pixels: 2_500_000, computeUnits },
});
const answers: LedgerUsage[] = [
  { asOf: at("12-01T05"), hours: [used("12-01T00", 1), used("11-30T23", 10)] },
  { asOf: at("12-01T04"), hours: [used("11-30T23", 100), used("11-30T22", 1000)] },
];

test.each([
  [
    "hour",
    "hours",
    [
      ["2026-11-30T22:00:00.000Z", 1000],
      ["2026-11-30T23:00:00.000Z", 110],
      ["2026-12-01T00:00:00.000Z", 1],
    ],
  ],
  [
    "day",
    "days",
    [
      ["2026-11-30", 1110],
      ["2026-12-01", 1],
    ],
  ],
  [
    "month",
    "months",
    [
      ["2026-11", 1110],
      ["2026-12", 1],
    ],
  ],
] as const)(
  "usage by the %s joins what ledgers counted, oldest first",
  (granularity, list, expected) => {
    const document = usageDocument(
      answers,
      { included: 2, known: 3, missing: ["eu"] },
      granularity,
    );
    const periods = (document[list] ?? []) as readonly Record<string, unknown>[];
    expect(periods.map((period) => [period[granularity], period["computeUnits"]])).toEqual(
      expected,
    );
    expect(document).toMatchObject({
      asOf: "2026-12-01T04:00:00.000Z",
      ledgers: { included: 2, known: 3, missing: ["eu"] },
      total: { jobsDone: 4, megapixels: 10, computeUnits: 1111 },
    });
    expect(Object.keys(document)).toEqual(["asOf", "ledgers", list, "total"]);
  },
);
