import { inTime } from "../../core/deadline.ts";
import type { Outcome } from "../../core/job/job.ts";
import { pictureKeys } from "../../core/job/picture-key.ts";
import { limits } from "../../core/limits.ts";
import type { ClaimedJob } from "./claim.ts";
import type { ConsumerPorts } from "./ports.ts";
import { retryLater } from "./retry-later.ts";

interface Ended {
  readonly job: ClaimedJob;
  readonly outcome: Outcome;
}

/**
 * Outcomes on their way to their ledgers, one call a ledger each time they are sent. Sending does not
 * hold up the next render; a message is acknowledged when its ledger has answered.
 */
export class Settlements {
  readonly #ports: ConsumerPorts;
  #ended: Ended[] = [];
  readonly #calls: Promise<void>[] = [];

  constructor(ports: ConsumerPorts) {
    this.#ports = ports;
  }

  add(job: ClaimedJob, outcome: Outcome): void {
    this.#ended.push({ job, outcome });
  }

  send(): void {
    const byLedger = Map.groupBy(this.#ended, ({ job }) => job.ledger);
    this.#ended = [];
    for (const [ledger, ended] of byLedger) this.#calls.push(this.#settle(ledger, ended));
  }

  async finished(): Promise<void> {
    await Promise.all(this.#calls);
  }

  async #settle(ledger: string, ended: readonly Ended[]): Promise<void> {
    const { timers, log, pictures } = this.#ports;
    try {
      const outcomes = ended.map(({ job, outcome }) => ({ job: job.id, outcome }));
      const settled = this.#ports.ledger(ledger).settle(outcomes);
      const verdicts = await inTime(timers, limits.objectMillisMax, settled);
      const gone = ended.filter((_, index) => verdicts[index] === "discard");
      if (gone.length > 0) {
        const deleted = pictures.delete(gone.flatMap(({ job }) => everyPicture(job)));
        await inTime(timers, limits.storageMillisMax, deleted);
      }
      for (const { job } of ended) job.message.ack();
    } catch (cause) {
      // The ledger may have settled them: the next claim will say so.
      log.warn({ event: "settle-failed", ledger, cause: String(cause) });
      for (const { job } of ended) retryLater(job.message, this.#ports);
    }
  }
}

/** The job was deleted while it was rendered: what was made for it goes too. */
function everyPicture({ tenant, id, spec }: ClaimedJob): string[] {
  return pictureKeys(tenant, id, spec.transforms.length);
}
