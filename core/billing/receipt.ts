import type { Receipt } from "../books/receipt.ts";
import { isRendition, type Job } from "../job/job.ts";
import { monthOf } from "../ledger/usage.ts";
import { priceListFor } from "./price-list.ts";

export interface SignedReceipt {
  readonly receipt: Receipt;
  /** Null: the deployment has no key for receipts. */
  readonly jws: string | null;
}

/** The receipt of a job that has ended; null: it has not, or its ledger does not say where it is recorded. */
export function receiptOf(ledger: string, job: Job): Receipt | null {
  const { id, status, settledAt, recorded, usage } = job;
  if (settledAt === null || !recorded || (status !== "done" && status !== "failed")) return null;
  const { version, currency, prices } = priceListFor(monthOf(settledAt));
  const isDone = status === "done";
  const totals = {
    jobsDone: isDone ? 1 : 0,
    jobsFailed: isDone ? 0 : 1,
    outputs: job.outputs.filter(isRendition).length,
    computeUnits: usage?.computeUnits ?? 0,
  };
  const priceNanos = prices.reduce(
    (sum, { counts, priceMicros, per }) =>
      sum + Math.round((totals[counts] * priceMicros * 1000) / per),
    0,
  );
  return {
    v: 1,
    job: id,
    ledger,
    ...recorded,
    settledAt: new Date(settledAt).toISOString(),
    outcome: status,
    outputs: totals.outputs,
    computeUnits: totals.computeUnits,
    priceList: version,
    currency,
    priceNanos,
  };
}
