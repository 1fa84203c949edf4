import * as z from "zod/mini";
import type { CreditedStatement } from "../../../core/billing/credit-note.ts";

/** How many ledgers the answer includes, of how many there are. */
export const harvestSchema = z.object({ included: z.int(), known: z.int() });

/** The same of an answer that ledgers give at once, with the regions that did not. */
export const answeredSchema = z
  .extend(harvestSchema, { missing: z.array(z.string()) })
  .register(z.globalRegistry, { id: "Answered" });

const usage = z.object({
  jobsDone: z.int(),
  jobsFailed: z.int(),
  outputs: z.int(),
  bytesIn: z.int(),
  bytesOut: z.int(),
  pixels: z.int(),
  computeUnits: z.int(),
});
const segmentRange = { first: z.int(), last: z.int(), lastHash: z.string() };
const month = z.string().check(z.regex(/^\d{4}-\d{2}$/));

const charges = {
  lines: z.array(
    z.object({
      item: z.string(),
      quantity: z.int(),
      unit: z.string(),
      unitPriceMicros: z.int(),
      per: z.int(),
      tiers: z.optional(z.array(z.object({ above: z.int(), priceMicros: z.int() }))),
      amountMicros: z.int(),
    }),
  ),
  totalMicros: z.int(),
  usage,
};

/** A statement as the billing Worker stores it and the API shows it, unchanged. */
export const statementSchema = z
  .object({
    v: z.literal(1),
    tenant: z.string(),
    month,
    currency: z.literal("USD"),
    priceList: z.string(),
    status: z.enum(["open", "final"]),
    through: z.iso.datetime(),
    ...charges,
    ledgers: harvestSchema,
    segments: z.array(z.object({ ledger: z.string(), ...segmentRange, usage: z.optional(usage) })),
    days: z.optional(
      z.array(
        z.object({
          day: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/)),
          usage,
          lines: z.array(z.object({ item: z.string(), quantity: z.int(), amountMicros: z.int() })),
        }),
      ),
    ),
    adjustments: z.optional(
      z.array(
        z.object({
          month,
          priceList: z.string(),
          ledger: z.string(),
          segments: z.object(segmentRange),
          ...charges,
        }),
      ),
    ),
    late: z.optional(
      z.array(
        z.object({
          ledger: z.string(),
          through: z.nullable(z.iso.datetime()),
          reason: z.enum(["unreachable", "behind", "not-trusted"]),
        }),
      ),
    ),
    preview: z.optional(
      z.object({ status: z.literal("preview"), asOf: z.iso.datetime(), ...charges }),
    ),
    creditNotes: z.optional(
      z.array(
        z.object({
          number: z.int(),
          reference: z.string(),
          amountMicros: z.int(),
          reason: z.string(),
          issuedAt: z.iso.datetime(),
          previous: z.string(),
          signedAt: z.int(),
          key: z.string(),
          signature: z.string(),
        }),
      ),
    ),
    creditedMicros: z.optional(z.int()),
    payableMicros: z.optional(z.int()),
  })
  .register(z.globalRegistry, { id: "Statement" }) satisfies z.ZodMiniType<
  Omit<CreditedStatement, "month" | "adjustments">
>;
