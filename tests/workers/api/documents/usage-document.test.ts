import { expect, test } from "vitest";
import { emptyTotals } from "../../../../core/ledger/usage.ts";
import type { LedgerUsage } from "../../../../durable-objects/ledger/ledger-calls.ts";
import {
  groupedUsageDocument,
  usageDocument,
} from "../../../../workers/api/documents/usage-document.ts";

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

test("hits are the sums of those that ledgers counted, and absent while none counts them", () => {
  const hits = [undefined, { requests: 1, bytes: 10 }, { requests: 2, bytes: 20 }];
  const counting = hits.map((each) => ({ asOf: 0, hours: [], ...(each && { hits: each }) }));
  const ledgers = { included: 3, known: 3, missing: [] };
  expect(usageDocument(counting, ledgers, "day").hits).toEqual({ requests: 3, bytes: 30 });
  expect(usageDocument(counting.slice(0, 1), ledgers, "day")).not.toHaveProperty("hits");
});

test("grouped usage has its groups' sum, and says which regions are missing", () => {
  const ledgers = { included: 1, known: 2, missing: ["eu"] };
  const group = (key: string, pixels: number) => ({
    period: "2026-11",
    key,
    totals: { ...emptyTotals, jobsDone: 1, pixels },
  });
  const groups = [group("key_1", 500_000), group("key_2", 1_000_000)];
  const document = groupedUsageDocument({ asOf: 1000, ledgers }, groups);
  expect(document).toMatchObject({
    asOf: "1970-01-01T00:00:01.000Z",
    ledgers,
    groups: [
      { period: "2026-11", key: "key_1", megapixels: 0.5 },
      { period: "2026-11", key: "key_2", megapixels: 1 },
    ],
    total: { jobsDone: 2, megapixels: 1.5 },
  });
});
