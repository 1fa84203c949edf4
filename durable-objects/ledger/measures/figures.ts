import type { Host } from "../../ports.ts";
import type { Terms } from "../admission/terms.ts";
import type { Redelivery } from "../delivery/redelivery.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { LedgerBalance, LedgerMetrics } from "../ledger-calls.ts";
import type { RestoredChain } from "../usage/restored-chain.ts";
import type { UsageStore } from "../usage/usage-store.ts";
import { ledgerMetrics } from "./ledger-metrics.ts";
import type { Measures } from "./measures.ts";

interface Parts {
  readonly jobs: JobStore;
  readonly usage: UsageStore;
  readonly measures: Measures;
  readonly restored: Pick<RestoredChain, "isKnown">;
  readonly terms: Pick<Terms, "known">;
}

/** A ledger's own figures. */
export class Figures {
  readonly #host: Pick<Host, "now">;
  readonly #redelivery: Pick<Redelivery, "overdueMessages">;
  readonly #parts: Parts;

  constructor(
    host: Pick<Host, "now">,
    redelivery: Pick<Redelivery, "overdueMessages">,
    parts: Parts,
  ) {
    this.#host = host;
    this.#redelivery = redelivery;
    this.#parts = parts;
  }

  /** How its jobs fared in the hours that start in [from, to). */
  metrics(from: number, to: number): LedgerMetrics {
    return ledgerMetrics(this.#parts, this.#host.now(), { from, to });
  }

  /**
   * For the auditor: each figure is counted from something else. Null while a restored ledger does not know what it
   * forgot.
   */
  async balance(): Promise<LedgerBalance | null> {
    const { jobs, usage, restored, terms } = this.#parts;
    const messages = await this.#redelivery.overdueMessages();
    if (!restored.isKnown()) return null;
    return {
      accepted: jobs.acceptances.count(),
      ended: usage.lastSeq(),
      open: jobs.open().jobs,
      endedBefore: usage.billedCount(),
      messages,
      ...(terms.known().status === "deleted" && { deleted: true }),
    };
  }
}
