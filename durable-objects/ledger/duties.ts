import { limits } from "../../core/limits.ts";
import type { Host } from "../ports.ts";
import type { Recall } from "./admission/recall.ts";
import type { Gate } from "./admission/gate.ts";
import type { Terms } from "./admission/terms.ts";
import type { Archive } from "./archive/archive.ts";
import type { Orphans } from "./archive/orphans.ts";
import type { Tombstones } from "./archive/tombstones.ts";
import type { Deletion } from "./deletion.ts";
import type { Originals } from "./originals/originals.ts";
import type { Redelivery } from "./delivery/redelivery.ts";
import type { Measures } from "./measures/measures.ts";
import type { Reporting } from "./measures/reporting.ts";
import type { JobStore } from "./jobs/job-store.ts";
import type { Removal } from "./removal.ts";
import type { Upkeep } from "./upkeep.ts";
import type { RestoredChain } from "./usage/restored-chain.ts";
import type { UsageFlush } from "./usage/usage-flush.ts";

interface Parts {
  readonly jobs: JobStore;
  readonly restored: RestoredChain;
  readonly recall: Recall;
  readonly redelivery: Redelivery;
  readonly flush: UsageFlush;
  readonly upkeep: Upkeep;
  readonly archive: Archive;
  readonly orphans: Orphans;
  readonly tombstones: Pick<Tombstones, "deleteAgain" | "dueAt">;
  readonly removal: Removal;
  readonly deletion: Deletion;
  readonly measures: Measures;
  readonly gate: Pick<Gate, "giveBack" | "leaseDueAt">;
  readonly reporting: Reporting;
  readonly originals: Pick<Originals, "work" | "dueAt">;
  readonly terms: Pick<Terms, "retentionMillis">;
}

/** What a ledger's alarm does, and when it next has to. */
export class Duties {
  readonly #parts: Parts;
  readonly list: readonly (() => void | Promise<void>)[];

  constructor(host: Pick<Host, "now">, parts: Parts) {
    this.#parts = parts;
    const {
      jobs,
      restored,
      recall,
      redelivery,
      flush,
      upkeep,
      archive,
      orphans,
      deletion,
      measures,
    } = parts;
    this.list = [
      // Before anything is given up: it may be in the chain.
      () => (restored.isKnown() || !jobs.hasExpired(host.now()) ? undefined : restored.catchUp()),
      () => recall.work(),
      () => redelivery.sendOverdue(),
      () => flush.runIfDue(host.now()),
      () => deletion.work(),
      () => parts.tombstones.deleteAgain((job) => parts.removal.remove(job)),
      () => upkeep.sweep(),
      () => upkeep.purge(),
      () => archive.work(),
      () => orphans.sweep(),
      () => parts.originals.work(),
      () => measures.work(),
      () => parts.reporting.work(),
      // Last, as it waits for another ledger.
      () => parts.gate.giveBack(),
    ];
  }

  /** When the first of them is due; `Infinity`: none. */
  nextAt(now: number): number {
    const { jobs, recall, flush, archive, orphans, deletion, measures, terms } = this.#parts;
    const oldest = jobs.oldestCreatedAt();
    const due = jobs.earliestDue();
    return Math.min(
      due === null ? Infinity : Math.min(due, now + limits.dueAheadMillisMax),
      recall.dueAt(now),
      flush.dueAt(now),
      jobs.earliestSweep() ?? Infinity,
      archive.dueAt(now),
      orphans.dueAt(),
      this.#parts.originals.dueAt(now),
      deletion.dueAt(now),
      this.#parts.tombstones.dueAt(now),
      measures.dueAt(now),
      this.#parts.gate.leaseDueAt(),
      this.#parts.reporting.dueAt(now),
      oldest === null ? Infinity : Math.max(now, oldest + terms.retentionMillis()),
    );
  }

  /** Has all counts reported again: the ledger knows more than it has reported. */
  tellAll(): void {
    this.#parts.reporting.tellAll();
  }
}
