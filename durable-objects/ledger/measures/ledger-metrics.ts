import { addTotals, emptyTotals } from "../../../core/ledger/usage.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { LedgerMetrics } from "../ledger-calls.ts";
import type { UsageStore } from "../usage/usage-store.ts";
import type { Measures } from "./measures.ts";

interface Parts {
  readonly jobs: JobStore;
  readonly usage: UsageStore;
  readonly measures: Measures;
}

/** How a ledger's jobs fared in the hours that start in [from, to), and what is open now. */
export function ledgerMetrics(
  { jobs, usage, measures }: Parts,
  asOf: number,
  { from, to }: { readonly from: number; readonly to: number },
): LedgerMetrics {
  const { jobs: open, oldestAt } = jobs.backlog();
  const hours = usage.hours.between(from, to).map(({ totals }) => totals);
  return {
    asOf,
    open: {
      jobs: open,
      oldestMillis: oldestAt === null ? null : Math.max(0, asOf - oldestAt),
    },
    totals: hours.reduce(addTotals, emptyTotals),
    measured: measures.between(from, to),
  };
}
