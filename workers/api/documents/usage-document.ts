import * as z from "zod/mini";
import type { LedgerUsage } from "../../../durable-objects/ledger/ledger-calls.ts";
import type { Hits } from "../../../durable-objects/ledger/usage/hits.ts";
import { addTotals, emptyTotals, type UsageTotals } from "../../../core/ledger/usage.ts";
import type { GroupedUsage, UsageGroup } from "../../../core/billing/grouped-usage.ts";
import type { Harvest } from "../call-ledger.ts";
import { answeredSchema } from "./statement-document.ts";

const totals = {
  jobsDone: z.int(),
  jobsFailed: z.int(),
  outputs: z.int(),
  bytesIn: z.int(),
  bytesOut: z.int(),
  megapixels: z.number(),
  computeUnits: z.int(),
};

const hitsSchema = z.object({ requests: z.int(), bytes: z.int() }).check(
  z.meta({
    description:
      "Delivered pictures that were there already. They cost nothing. Absent until a ledger counts them.",
  }),
);

const groupSchema = z
  .object({
    period: z.string(),
    key: z.optional(z.nullable(z.string())),
    format: z.optional(z.string()),
    ...totals,
  })
  .check(
    z.meta({
      description:
        "With `groupBy`: one UTC period and group. `key` is null for jobs from before keys were recorded, and `others` beyond 200 keys a day. By `format`, what its files are: renditions, their bytes and pixels.",
    }),
  );

/** A tenant's usage in UTC periods, one of the four lists. */
export const usageSchema = z
  .object({
    asOf: z.iso.datetime(),
    ledgers: answeredSchema,
    hours: z.optional(z.array(z.object({ hour: z.iso.datetime(), ...totals }))),
    days: z.optional(z.array(z.object({ day: z.string(), ...totals }))),
    months: z.optional(z.array(z.object({ month: z.string(), ...totals }))),
    groups: z.optional(z.array(groupSchema)),
    total: z.object(totals),
    hits: z.optional(hitsSchema),
  })
  .register(z.globalRegistry, { id: "Usage" });

export const granularities = ["hour", "day", "month"] as const;
export type Granularity = (typeof granularities)[number];

/** `answers`: of the ledgers that answered, at least one. */
export function usageDocument(
  answers: readonly LedgerUsage[],
  ledgers: Harvest,
  granularity: Granularity,
): z.infer<typeof usageSchema> {
  const hours = answers.flatMap((answer) => answer.hours);
  const byPeriod = Map.groupBy(hours, ({ hour }) => periodName(hour, granularity));
  const periods = [...byPeriod]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, parts]) => ({ name, ...totalsDocument(sumOf(parts)) }));
  return {
    asOf: new Date(Math.min(...answers.map(({ asOf }) => asOf))).toISOString(),
    ledgers: { ...ledgers, missing: [...ledgers.missing] },
    ...(granularity === "hour" && {
      hours: periods.map(({ name, ...of }) => ({ hour: name, ...of })),
    }),
    ...(granularity === "day" && {
      days: periods.map(({ name, ...of }) => ({ day: name, ...of })),
    }),
    ...(granularity === "month" && {
      months: periods.map(({ name, ...of }) => ({ month: name, ...of })),
    }),
    total: totalsDocument(sumOf(hours)),
    ...hitsDocument(answers.flatMap(({ hits }) => hits ?? [])),
  };
}

/** The same by key or format, from the books. */
export function groupedUsageDocument(
  { asOf, ledgers }: Omit<GroupedUsage, "groups">,
  groups: readonly UsageGroup[],
): z.infer<typeof usageSchema> {
  return {
    asOf: new Date(asOf).toISOString(),
    ledgers: { ...ledgers, missing: [...ledgers.missing] },
    groups: groups.map(({ totals: own, ...group }) => ({ ...group, ...totalsDocument(own) })),
    total: totalsDocument(groups.map((group) => group.totals).reduce(addTotals, emptyTotals)),
  };
}

/** How much of a UTC time names the period. */
export const periodLengths: Readonly<Record<Granularity, number>> = {
  hour: "YYYY-MM-DDThh:mm:ss.000Z".length,
  day: "YYYY-MM-DD".length,
  month: "YYYY-MM".length,
};

const hitsDocument = (counted: readonly Hits[]) =>
  counted.length > 0 && {
    hits: counted.reduce((sum, { requests, bytes }) => ({
      requests: sum.requests + requests,
      bytes: sum.bytes + bytes,
    })),
  };

function periodName(hour: number, granularity: Granularity): string {
  return new Date(hour).toISOString().slice(0, periodLengths[granularity]);
}

const sumOf = (parts: LedgerUsage["hours"]): UsageTotals =>
  parts.map((part) => part.totals).reduce(addTotals, emptyTotals);

function totalsDocument({ pixels, ...rest }: UsageTotals) {
  return { ...rest, megapixels: pixels / 1e6 };
}
