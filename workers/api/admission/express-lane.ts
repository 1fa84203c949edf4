import { inTime } from "../../../core/deadline.ts";
import { bytesInOf, type Job, type JobSpec } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import { Lru } from "../identity/lru.ts";
import type { CallOutcome } from "../../../core/ledger/express.ts";
import type {
  ExpressAsk,
  ExpressClaim,
  ExpressEnd,
  ExpressRendition,
} from "../../../core/job/express-calls.ts";
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
  /** The queue has to take it. */
  | ({ readonly kind: "untaken" } & CallOutcome);

/** A job that was claimed with its acceptance. */
export interface Claim extends Omit<ExpressClaim, "sinceMillis"> {
  /** When the ledger was asked to accept it, epoch milliseconds. */
  readonly askedAt: number;
}

export function expressAsk(
  job: Pick<ExpressAsk, "ledger" | "job" | "sourceBytes">,
  claim: Claim | undefined,
): ExpressAsk {
  if (!claim) return job;
  const { askedAt, ...about } = claim;
  return { ...job, claim: { ...about, sinceMillis: Math.max(0, Date.now() - askedAt) } };
}

/**
 * The lane over which jobs are rendered while their callers wait. A tenant for which it is busy uses the queue for a
 * while. When the lane does not answer, all tenants of this isolate do.
 */
export class ExpressLane {
  #failedAt = -Infinity;
  /** When the lane was busy for a tenant. */
  readonly #busyAt = new Lru<string, number>(limits.expressBusyTenantsMax);

  /** Whether a job may be rendered this way; others take the queue. */
  takes(tenant: string, spec: JobSpec, now: number): boolean {
    const sinceBusy = Math.abs(now - (this.#busyAt.get(tenant) ?? -Infinity));
    return (
      Math.abs(now - this.#failedAt) >= limits.expressFailedMillis &&
      sinceBusy >= limits.expressBusyMillis &&
      bytesInOf(spec) <= limits.expressBytesMax &&
      spec.computeUnits <= limits.expressUnitsMax
    );
  }

  /** Has `render` called for a job that its ledger holds back from the queue. Never rejects. */
  async render(
    timing: Pick<Timing, "measure">,
    { tenant, job }: { readonly tenant: string; readonly job: string },
    render: () => Promise<ExpressEnd>,
    millisMax: number = limits.expressMillisMax,
  ): Promise<Rendering> {
    try {
      const rendering = async () => inTime(globalThis, millisMax, render());
      return this.#hear(tenant, await timing.measure("render", rendering));
    } catch (cause) {
      console.warn({ event: "express-failed", job, cause: String(cause) });
      // A late consumer may still be rendering: until its lease ends no other one has to.
      const isLate = (cause as { overloaded?: boolean }).overloaded === true;
      if (!isLate || millisMax >= limits.expressHoldMillis) this.#failedAt = Date.now();
      return { kind: "untaken", lost: !isLate, unbegun: false };
    }
  }

  #hear(tenant: string, answer: ExpressEnd): Rendering {
    if (answer.verdict === "busy") {
      this.#busyAt.set(tenant, Date.now());
      return { kind: "untaken", lost: false, unbegun: true };
    }
    if (!answer.isKnown) return { kind: "untaken", lost: false, unbegun: false };
    const { renditions, job = null } = answer;
    return renditions.length > 0 ? { kind: "rendered", renditions, job } : { kind: "ended", job };
  }
}
