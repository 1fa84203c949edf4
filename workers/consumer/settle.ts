import type { Outcome } from "../../core/job/job.ts";
import { uselessKeys } from "../../core/job/picture-key.ts";
import { limits } from "../../core/limits.ts";
import type { Spent } from "../../core/metrics/stage-times.ts";
import { callOut } from "./call-out.ts";
import type { ClaimedJob } from "./claim.ts";
import type { ConsumerPorts } from "./ports.ts";
import { retryLater } from "./retry-later.ts";

interface Ended {
  readonly job: ClaimedJob;
  readonly outcome: Outcome;
  readonly spent: Spent;
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

  add(job: ClaimedJob, outcome: Outcome, spent: Spent): void {
    this.#ended.push({ job, outcome, spent });
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
    const { log } = this.#ports;
    try {
      const outcomes = ended.map(({ job: { id, attempt, message }, outcome, spent }) => ({
        job: id,
        outcome,
        spent,
        ...(attempt !== null && { attempt }),
        ...(message.answered && { tell: true as const }),
      }));
      const settled = () => this.#ports.ledger(ledger).settle(outcomes);
      const answers = await callOut(this.#ports, limits.objectMillisMax, settled);
      const verdicts = answers.map((answer) =>
        typeof answer === "string" ? answer : answer.verdict,
      );
      const useless = ended.flatMap(({ job, outcome }, index) => {
        const verdict = verdicts[index];
        const isGone = verdict === "discard" || verdict === "lost";
        return isGone ? uselessKeys(job, outcome.kind === "done", verdict) : [];
      });
      await this.#remove(useless);
      for (const [index, { job }] of ended.entries()) {
        const answer = answers[index];
        const verdict = verdicts[index];
        if (verdict)
          job.message.answered?.(verdict, typeof answer === "object" ? answer.job : null);
        job.message.ack();
      }
    } catch (cause) {
      // The ledger may have settled them: the next claim will say so.
      log.warn({ event: "settle-failed", ledger, cause: String(cause) });
      for (const { job } of ended) retryLater(job.message, this.#ports);
    }
  }

  /** What stays is removed by the ledger, later. */
  async #remove(keys: string[]): Promise<void> {
    const { pictures, log } = this.#ports;
    if (keys.length === 0) return;
    try {
      await callOut(this.#ports, limits.storageMillisMax, () => pictures.delete(keys));
    } catch (cause) {
      log.warn({ event: "renditions-not-removed", cause: String(cause) });
    }
  }
}
