import type { Outcome } from "../../core/job/job.ts";
import { pictureKeys } from "../../core/job/picture-key.ts";
import { retryLater, type ClaimedJob } from "./claim.ts";
import type { ConsumerEnv } from "./env.ts";

interface Ended {
  readonly job: ClaimedJob;
  readonly outcome: Outcome;
}

/**
 * Outcomes on their way to their ledgers, one call a ledger each time they are sent. Sending does not
 * hold up the next render; a message is acknowledged when its ledger has answered.
 */
export class Settlements {
  readonly #env: ConsumerEnv;
  #ended: Ended[] = [];
  readonly #calls: Promise<void>[] = [];

  constructor(env: ConsumerEnv) {
    this.#env = env;
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
    try {
      const verdicts = await this.#env.LEDGER.getByName(ledger).settle(
        ended.map(({ job, outcome }) => ({ job: job.id, outcome })),
      );
      const gone = ended.filter((_, index) => verdicts[index] === "discard");
      if (gone.length > 0) {
        await this.#env.PICTURES.delete(gone.flatMap(({ job }) => everyPicture(job)));
      }
      for (const { job } of ended) job.message.ack();
    } catch (cause) {
      // The ledger may have settled them: the next claim will say so.
      console.warn({ event: "settle-failed", ledger, cause: String(cause) });
      for (const { job } of ended) retryLater(job.message);
    }
  }
}

/** The job was deleted while it was rendered: what was made for it goes too. */
function everyPicture({ tenant, id, spec }: ClaimedJob): string[] {
  return pictureKeys(tenant, id, spec.transforms.length);
}
