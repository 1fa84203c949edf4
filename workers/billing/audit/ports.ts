import type { Breach } from "../../../core/billing/audit-report.ts";
import type { IssuedCreditNote } from "../../../core/billing/credit-note.ts";
import { inTime } from "../../../core/deadline.ts";
import type { Job } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import type { UsageTotals } from "../../../core/ledger/usage.ts";
import type { LedgerBalance } from "../../../durable-objects/ledger/ledger-calls.ts";
import type { RollUpPorts } from "../ports.ts";

/** What the auditor calls beyond what a roll-up does. It changes nothing. */
export interface AuditPorts extends RollUpPorts {
  /** Newest first, after the job `cursor`. */
  listJobs(ledger: string, cursor: string | null, limit: number): Promise<readonly Job[]>;
  /** Null: there is no such job. */
  job(ledger: string, id: string): Promise<Job | null>;
  /** The ledger's own counts; null while it does not know them, after a restore. */
  balance(ledger: string): Promise<LedgerBalance | null>;
  /** Writes breaches that were not there before into the audit trail of their tenant. */
  enterBreaches(tenant: string, breaches: readonly Breach[]): Promise<void>;
  /** The tenant's credit notes as the Directory issued them, the newest months first, each month's by number. */
  creditNotes(tenant: string): Promise<readonly IssuedCreditNote[]>;
  /** The ledger's counters of hours that start in [from, to). */
  counters(
    ledger: string,
    from: number,
    to: number,
  ): Promise<readonly { readonly hour: number; readonly totals: UsageTotals }[]>;
  /** The region's pictures by key, in order, after `startAfter`; a page may be short although there are more. */
  listPictures(options: {
    readonly region: string;
    readonly prefix: string;
    readonly startAfter: string;
    readonly limit: number;
  }): Promise<StoredPage>;
}

export interface StoredPage {
  readonly objects: readonly StoredPicture[];
  readonly truncated: boolean;
}

export interface StoredPicture {
  readonly key: string;
  readonly size: number;
}

/** The same, with a deadline for each call: a ledger or a bucket that is silent holds up nothing for long. */
export function inTimePorts(ports: AuditPorts): AuditPorts {
  const timed = <Given extends unknown[], Value>(call: (...given: Given) => Promise<Value>) => {
    return (...given: Given) => inTime(globalThis, limits.objectMillisMax, call(...given));
  };
  const { fleet, store, witnessStore, witness } = ports;
  return {
    fleet,
    store,
    witnessStore,
    witness,
    now: () => ports.now(),
    // Callers wait as long as each of these may take.
    seal: (ledger) => ports.seal(ledger),
    putRows: (...given) => ports.putRows(...given),
    enterBreaches: (...given) => ports.enterBreaches(...given),
    listTenantIds: timed((page) => ports.listTenantIds(page)),
    listJobs: timed((...given) => ports.listJobs(...given)),
    job: timed((...given) => ports.job(...given)),
    balance: timed((ledger) => ports.balance(ledger)),
    creditNotes: timed((tenant) => ports.creditNotes(tenant)),
    counters: timed((...given) => ports.counters(...given)),
    listPictures: timed((options) => ports.listPictures(options)),
  };
}
