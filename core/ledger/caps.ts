import { amountMicros, priceListFor } from "../billing/price-list.ts";
import type { TenantLimits } from "../identity/tenant-limits.ts";
import { monthOf } from "./usage.ts";

/** What one job may add to the month: reserved when it is accepted, released when it ends. */
export interface JobCost {
  readonly computeUnits: number;
  readonly outputs: number;
}

/** This month's billed work together with what is reserved. */
export interface MonthlyUse extends JobCost {
  readonly jobs: number;
}

/** A limit on a calendar month, by its name in `TenantLimits`. */
export type CapName = "jobsPerMonth" | "computeUnitsPerMonth" | "spendMicrosPerMonth";

export interface Cap {
  readonly name: CapName;
  readonly value: number;
  readonly used: number;
}

/** What this much work costs by the month's prices, before any tier or credit. */
export function spendMicros({ computeUnits, outputs }: JobCost, now: number): number {
  const totals = { computeUnits, outputs };
  return priceListFor(monthOf(now))
    .prices.map((price) =>
      price.counts === "computeUnits" || price.counts === "outputs"
        ? amountMicros(totals[price.counts], price)
        : 0,
    )
    .reduce((sum, micros) => sum + micros, 0);
}

/** Whether one ledger has to know all that the tenant uses in a month. */
export const isMonthCapped = (tenant: TenantLimits): boolean =>
  capNames.some((name) => tenant[name] !== null);

/** The monthly limits that the tenant has, each with what is used of it. */
export function capsOf(tenant: TenantLimits, use: MonthlyUse, now: number): Cap[] {
  const used = {
    jobsPerMonth: use.jobs,
    computeUnitsPerMonth: use.computeUnits,
    spendMicrosPerMonth: spendMicros(use, now),
  };
  return capNames.flatMap((name) => {
    const value = tenant[name];
    return value === null ? [] : [{ name, value, used: used[name] }];
  });
}

const capNames = ["jobsPerMonth", "computeUnitsPerMonth", "spendMicrosPerMonth"] as const;

/** A job's own part of each cap. */
export function costOf(name: CapName, cost: JobCost, now: number): number {
  switch (name) {
    case "jobsPerMonth":
      return 1;
    case "computeUnitsPerMonth":
      return cost.computeUnits;
    case "spendMicrosPerMonth":
      return spendMicros(cost, now);
  }
}

/** Shares of a cap at which the tenant gets a notice. */
const noticeShares = [0.8, 1] as const;

/** What the tenant has to be told now that this much is used: caps whose 80 or 100 per cent is reached. */
export function noticesDue(caps: readonly Cap[]): { name: CapName; share: number }[] {
  return caps.flatMap(({ name, value, used }) =>
    noticeShares.filter((share) => used >= share * value).map((share) => ({ name, share })),
  );
}
