import * as z from "zod/mini";
import { limits } from "../limits.ts";
import { DAY } from "../magnitudes.ts";

const monthly = (unit: string) =>
  z
    .nullable(z.int().check(z.minimum(0), z.maximum(limits.monthlyQuotaMax)))
    .check(z.meta({ description: `${unit} a calendar month (UTC); null: no limit.` }));

const bounded = (minimum: number, maximum: number, description: string) =>
  z.int().check(z.minimum(minimum), z.maximum(maximum), z.meta({ description }));

export const limitFields = {
  requestsPerSecond: bounded(1, limits.requestsPerSecondMax, "New jobs a second, sustained."),
  burst: bounded(
    1,
    limits.burstMax,
    "New jobs accepted at once after a pause (burst). Default: two seconds' worth.",
  ),
  jobsPerMonth: monthly("Jobs"),
  computeUnitsPerMonth: monthly("Compute units"),
  spendMicrosPerMonth: monthly("Money spent, in millionths of the currency,"),
  jobsInFlight: bounded(1, limits.jobsInFlightMax, "Jobs accepted and not settled yet."),
  sourceBytesMax: bounded(1, limits.sourceBytesMax, "Size of one source file, bytes."),
  sourcePixelsMax: bounded(1, limits.sourcePixelsMax, "Pixels of one source picture."),
  retentionDays: bounded(
    1,
    limits.retentionDaysMax,
    "Days that pictures, jobs and idempotency keys are kept.",
  ),
  storedImagesMax: bounded(0, limits.storedImagesMax, "Pictures stored to be delivered."),
  storedBytesMax: bounded(0, limits.storedBytesMax, "Bytes of all stored pictures."),
};

/** Every bound on one tenant, complete: what the tenant's ledgers decide by. */
export type TenantLimits = Readonly<z.infer<typeof completeSchema>>;
const completeSchema = z.object(limitFields);
export type ChosenLimits = Partial<TenantLimits>;

/** Plans as data: what a tenant has where nothing else was chosen for it. */
export const plans = {
  free: {
    requestsPerSecond: 2,
    burst: 10,
    jobsPerMonth: 1_000,
    computeUnitsPerMonth: 100_000,
    spendMicrosPerMonth: 100_000,
    jobsInFlight: 20,
    sourceBytesMax: 10_000_000,
    sourcePixelsMax: 25_000_000,
    retentionDays: 1,
    storedImagesMax: 1_000,
    storedBytesMax: 1_000_000_000,
  },
  pro: {
    requestsPerSecond: 50,
    burst: 100,
    jobsPerMonth: null,
    computeUnitsPerMonth: null,
    spendMicrosPerMonth: 500_000_000,
    jobsInFlight: 1_000,
    sourceBytesMax: limits.sourceBytesMax,
    sourcePixelsMax: limits.sourcePixelsMax,
    retentionDays: limits.jobRetentionMillis / DAY,
    storedImagesMax: 100_000,
    storedBytesMax: 100_000_000_000,
  },
  scale: {
    requestsPerSecond: limits.ledgerRequestsPerSecondMax,
    burst: limits.ledgerBurstMax,
    jobsPerMonth: null,
    computeUnitsPerMonth: null,
    spendMicrosPerMonth: 10_000_000_000,
    jobsInFlight: 20_000,
    sourceBytesMax: limits.sourceBytesMax,
    sourcePixelsMax: limits.sourcePixelsMax,
    retentionDays: limits.jobRetentionMillis / DAY,
    storedImagesMax: limits.storedImagesMax,
    storedBytesMax: limits.storedBytesMax,
  },
  /** Agreed with one tenant: only what was agreed is capped. */
  custom: {
    requestsPerSecond: limits.requestsPerSecondDefault,
    burst: 2 * limits.requestsPerSecondDefault,
    jobsPerMonth: null,
    computeUnitsPerMonth: null,
    spendMicrosPerMonth: null,
    jobsInFlight: limits.jobsInFlightDefault,
    sourceBytesMax: limits.sourceBytesMax,
    sourcePixelsMax: limits.sourcePixelsMax,
    retentionDays: limits.jobRetentionMillis / DAY,
    storedImagesMax: limits.storedImagesMax,
    storedBytesMax: limits.storedBytesMax,
  },
} as const satisfies Record<string, TenantLimits>;

export type PlanName = keyof typeof plans;
export const planNames = Object.keys(plans) as readonly PlanName[];
export const planSchema = z.enum(planNames);

/** The plan's limits, with what was chosen for this tenant in their place. */
export function limitsOf(plan: PlanName, chosen: ChosenLimits = {}): TenantLimits {
  const rate = chosen.requestsPerSecond;
  // A rate that is chosen alone brings the burst that goes with it.
  const burst = rate === undefined ? {} : { burst: Math.min(2 * rate, limits.burstMax) };
  return { ...plans[plan], ...burst, ...chosen };
}

/** Whether this many ledgers can serve the rate. */
export function isServedBy({ requestsPerSecond, burst }: TenantLimits, shards: number): boolean {
  return (
    requestsPerSecond <= shards * limits.ledgerRequestsPerSecondMax &&
    burst <= shards * limits.ledgerBurstMax
  );
}

/**
 * Reads stored limits. A field that this version does not know is left out; one that older versions did not
 * write has the value that it had then: only the service's own bound.
 */
export const tenantLimitsSchema = z.object({
  ...limitFields,
  spendMicrosPerMonth: z._default(
    limitFields.spendMicrosPerMonth,
    plans.custom.spendMicrosPerMonth,
  ),
  sourceBytesMax: z._default(limitFields.sourceBytesMax, plans.custom.sourceBytesMax),
  sourcePixelsMax: z._default(limitFields.sourcePixelsMax, plans.custom.sourcePixelsMax),
  retentionDays: z._default(limitFields.retentionDays, plans.custom.retentionDays),
  storedImagesMax: z._default(limitFields.storedImagesMax, plans.custom.storedImagesMax),
  storedBytesMax: z._default(limitFields.storedBytesMax, plans.custom.storedBytesMax),
});
