import * as z from "zod/mini";
import type { UsageTotals } from "../../../core/ledger/usage.ts";

const totals = {
  jobsDone: z.int(),
  jobsFailed: z.int(),
  outputs: z.int(),
  bytesIn: z.int(),
  bytesOut: z.int(),
  megapixels: z.number(),
  computeUnits: z.int(),
};

/** A tenant's usage by the hour, UTC. */
export const usageSchema = z
  .object({
    asOf: z.iso.datetime(),
    hours: z.array(z.object({ hour: z.iso.datetime(), ...totals })),
    total: z.object(totals),
  })
  .register(z.globalRegistry, { id: "Usage" });

export function totalsDocument({ pixels, ...rest }: UsageTotals) {
  return { ...rest, megapixels: pixels / 1e6 };
}
