import type { Breach } from "../../../core/billing/audit-report.ts";
import type { Job } from "../../../core/job/job.ts";
import type { UsageTotals } from "../../../core/ledger/usage.ts";
import type { LedgerBalance } from "../../../durable-objects/ledger/ledger-calls.ts";
import type { RollUpPorts } from "../ports.ts";

/** What the auditor speaks to beyond what a roll-up does. It changes nothing. */
export interface AuditPorts extends RollUpPorts {
  /** Newest first, after the job `cursor`. */
  listJobs(ledger: string, cursor: string | null, limit: number): Promise<readonly Job[]>;
  /** Null: there is no such job. */
  job(ledger: string, id: string): Promise<Job | null>;
  /** The ledger's own counts; null while it does not know them, after a restore. */
  balance(ledger: string): Promise<LedgerBalance | null>;
  /** Writes breaches that were not there before into the audit trail of their tenant. */
  enterBreaches(tenant: string, breaches: readonly Breach[]): Promise<void>;
  /** The ledger's counters of hours that start in [from, to). */
  counters(
    ledger: string,
    from: number,
    to: number,
  ): Promise<readonly { readonly hour: number; readonly totals: UsageTotals }[]>;
  /** The region's pictures by key, in order, after `startAfter`. */
  listPictures(options: {
    readonly region: string;
    readonly prefix: string;
    readonly startAfter: string;
    readonly limit: number;
  }): Promise<readonly StoredPicture[]>;
}

export interface StoredPicture {
  readonly key: string;
  readonly size: number;
}
