import * as z from "zod/mini";
import type { LedgerUsage } from "../../../durable-objects/ledger/ledger-calls.ts";
import type { Hits } from "../../../durable-objects/ledger/usage/hits.ts";
import { addTotals, emptyTotals, type UsageTotals } from "../../../core/ledger/usage.ts";
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
      "Delivered pictures that were there already. They cost nothing. Absent while no ledger counts them.",
  }),
);

/** A tenant's usage in UTC periods, one of the three lists. */
export const usageSchema = z
  .object({
    asOf: z.iso.datetime(),
    ledgers: answeredSchema,
    hours: z.optional(z.array(z.object({ hour: z.iso.datetime(), ...totals }))),
    days: z.optional(z.array(z.object({ day: z.string(), ...totals }))),
    months: z.optional(z.array(z.object({ month: z.string(), ...totals }))),
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

const hitsDocument = (counted: readonly Hits[]) =>
  counted.length > 0 && {
    hits: counted.reduce((sum, { requests, bytes }) => ({
      requests: sum.requests + requests,
      bytes: sum.bytes + bytes,
    })),
  };

function periodName(hour: number, granularity: Granularity): string {
  const text = new Date(hour).toISOString();
  if (granularity === "hour") return text;
  return text.slice(0, granularity === "day" ? "YYYY-MM-DD".length : "YYYY-MM".length);
}

const sumOf = (parts: LedgerUsage["hours"]): UsageTotals =>
  parts.map((part) => part.totals).reduce(addTotals, emptyTotals);

function totalsDocument({ pixels, ...rest }: UsageTotals) {
  return { ...rest, megapixels: pixels / 1e6 };
}
