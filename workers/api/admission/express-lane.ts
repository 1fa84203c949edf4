import { inTime } from "../../../core/deadline.ts";
import { bytesInOf, type Job, type JobSpec } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import type { ExpressAnswer, ExpressRendition } from "../env.ts";
import type { Timing } from "../http/timing.ts";

export type Rendering =
  /** Settled, with these renditions; `job` is null where an older Worker did not tell. */
  | {
      readonly kind: "rendered";
      readonly renditions: readonly ExpressRendition[];
      readonly job: Job | null;
    }
  /** The ledger knows what became of it. */
  | { readonly kind: "ended"; readonly job: Job | null }
  /** The queue has to take it. `lost`: a consumer had begun it, and ended without a word. */
  | { readonly kind: "untaken"; readonly lost: boolean };

/**
 * The lane over which jobs are rendered while their callers wait. An isolate that hears that it is busy, or does
 * not hear from it, uses the queue for a while.
 */
export class ExpressLane {
  #pausedAt = 0;
  #pausedMillis = 0;

  /** Whether a job may be rendered this way; others take the queue. */
  takes(spec: JobSpec, now: number): boolean {
    return (
      Math.abs(now - this.#pausedAt) >= this.#pausedMillis &&
      bytesInOf(spec) <= limits.expressBytesMax &&
      spec.computeUnits <= limits.expressUnitsMax
    );
  }

  /** Has `render` called for a job that its ledger holds back from the queue. Never rejects. */
  async render(
    timing: Pick<Timing, "measure">,
    job: string,
    render: () => Promise<ExpressAnswer>,
    millisMax: number = limits.expressMillisMax,
  ): Promise<Rendering> {
    try {
      const rendering = async () => inTime(globalThis, millisMax, render());
      return this.#hear(await timing.measure("render", rendering));
    } catch (cause) {
      console.warn({ event: "express-failed", job, cause: String(cause) });
      // One that is only late may render still: until its lease ends nobody else has to.
      const isLate = (cause as { overloaded?: boolean }).overloaded === true;
      if (!isLate || millisMax >= limits.expressHoldMillis) this.#pause(limits.expressFailedMillis);
      return { kind: "untaken", lost: !isLate };
    }
  }

  #hear(answer: ExpressAnswer): Rendering {
    if (answer.verdict === "busy") {
      this.#pause(limits.expressBusyMillis);
      return { kind: "untaken", lost: false };
    }
    if (!answer.isKnown) return { kind: "untaken", lost: false };
    const { renditions, job = null } = answer;
    return renditions.length > 0 ? { kind: "rendered", renditions, job } : { kind: "ended", job };
  }

  #pause(millis: number): void {
    this.#pausedAt = Date.now();
    this.#pausedMillis = millis;
  }
}
