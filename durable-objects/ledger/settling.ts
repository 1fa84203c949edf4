import { jobCost, type Outcome } from "../../core/job/job.ts";
import * as progress from "../../core/ledger/progress.ts";
import type { FinalOutcome } from "../../core/ledger/progress.ts";
import { isTrouble } from "../../core/ledger/trouble.ts";
import { limits } from "../../core/limits.ts";
import type { Spent } from "../../core/metrics/stage-times.ts";
import { problem, type Problem } from "../../core/problem.ts";
import type { Host } from "../ports.ts";
import { Apart } from "./delivery/apart.ts";
import { outputsAsked, type JobRecord } from "./jobs/job-record.ts";
import { damagedProblem, type JobStore } from "./jobs/job-store.ts";
import type { SettleVerdict } from "./ledger-calls.ts";
import type { Measures } from "./measures/measures.ts";
import { settledUsage } from "./usage/settled-usage.ts";
import type { Tally } from "./admission/tally.ts";
import type { UsageStore } from "./usage/usage-store.ts";
import type { Waiters } from "./waiters.ts";

interface Parts {
  readonly host: Host;
  readonly jobs: JobStore;
  readonly usage: UsageStore;
  readonly tally: Tally;
  readonly waiters: Waiters;
  /** Whether the ledger knows all that it has stored, so that no job it takes for open has ended. */
  readonly knowsItsChain: () => boolean;
  readonly measures: Pick<Measures, "ended">;
}

/**
 * How jobs end. Row, usage event, hour and reservation move together or not at all, so everything here
 * runs inside the caller's transaction.
 */
export class Settling {
  readonly #parts: Parts;
  readonly apart: Apart;
  readonly damaged = { verdict: "give-up", problem: damagedProblem } as const;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.apart = new Apart(parts.host);
  }

  isReadable({ spec }: JobRecord): boolean {
    return spec.damaged !== true;
  }

  /** Looks at it again instead, where it may be out of time only because the ledger was restored. */
  fail(record: JobRecord, why: Problem, now: number): void {
    this.settle(record, { kind: "failed", problem: why }, null, now);
  }

  cancel(record: JobRecord, now: number): void {
    this.fail(record, problem("cancelled", "The job was deleted before it was finished."), now);
  }

  settle(
    record: JobRecord,
    outcome: Outcome,
    attempt: number | null,
    now: number,
    spent: Spent | null = null,
  ): SettleVerdict {
    const { host, jobs } = this.#parts;
    const decided = progress.settle(record.progress, outcome, attempt, now, host.random());
    if (decided.verdict === "already") {
      if (attempt === null || attempt === record.winner) return "already";
      return isUnbilled(record) ? "discard" : "lost";
    }
    if (isTrouble(record.progress, outcome)) this.apart.count(now);
    if (decided.verdict === "deferred") {
      jobs.advance(record.id, decided.next);
      return "deferred";
    }
    const { outcome: ended } = decided;
    if (ended.kind === "failed" && this.#mayHaveEnded(ended.problem)) {
      jobs.advance(record.id, progress.postponed(record.progress, now));
      return "deferred";
    }
    const final = this.#withinReserved(record, ended);
    this.#end(record, decided.next, { outcome: final, attempt, now });
    this.#parts.measures.ended(record, final, now, spent);
    return "settled";
  }

  /** A job that is out of time may have ended in time, in a life that a restored ledger has forgotten. */
  #mayHaveEnded({ code }: Problem): boolean {
    const isByTime = code === "deadline-exceeded" || code === "interrupted";
    return isByTime && !this.#parts.knowsItsChain();
  }

  /** Billed is never more than was reserved, whatever a consumer of another version counts. */
  #withinReserved({ id, spec }: JobRecord, outcome: FinalOutcome): FinalOutcome {
    if (outcome.kind !== "done") return outcome;
    const { log, name: ledger } = this.#parts.host;
    const { computeUnits: reported } = outcome.usage;
    const { computeUnits: reserved } = spec;
    const made = outcome.outputs.length;
    const asked = spec.damaged ? made : outputsAsked(spec);
    if (made !== asked) log.warn({ event: "outputs-differ", ledger, job: id, asked, made });
    const outputs = outcome.outputs.slice(0, asked);
    if (reported !== reserved)
      log.warn({ event: "units-differ", ledger, job: id, reserved, reported });
    const computeUnits = Math.min(reserved, reported);
    return { ...outcome, outputs, usage: { ...outcome.usage, computeUnits } };
  }

  #end(
    record: JobRecord,
    next: progress.Progress,
    {
      outcome,
      attempt,
      now,
    }: { readonly outcome: FinalOutcome; readonly attempt: number | null; readonly now: number },
  ): void {
    const { jobs, usage, tally, waiters } = this.#parts;
    const { claims } = record.progress;
    const winner = outcome.kind === "done" ? attempt : null;
    // Another consumer may still have it, or this one may have written before it failed.
    const alone = claims === 0 || (winner === claims && claims === 1);
    const sweepAt = alone ? null : now + limits.lateWriteMillisMax;
    const seq = usage.record(record.createdAt, (at) => settledUsage(record, outcome, at));
    jobs.settle(record, { progress: next, at: now, outcome, winner, sweepAt, seq });
    const { computeUnits, outputs } = settledUsage(record, outcome, now);
    const billed = seq !== null && outcome.kind === "done" ? { computeUnits, outputs } : null;
    tally.closed(jobCost(record.spec), billed);
    waiters.wake(record.id);
  }
}

/**
 * A kept rendition has one R2 key, whichever job made it. This job failed, or was deleted before it was done, and no
 * other job has taken over its Idempotency-Key. So the rendition is not billed, and it is removed.
 */
const isUnbilled = ({ progress: { status }, spec, idempotency }: JobRecord): boolean =>
  status === "failed" && spec.kept !== undefined && idempotency !== null;
