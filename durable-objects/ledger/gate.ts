import { tenantSuspended } from "../../core/identity/standing.ts";
import type { TenantLimits } from "../../core/identity/tenant-limits.ts";
import {
  admit,
  admitCall,
  rateStatus,
  type RateStatus,
  type Standing,
} from "../../core/ledger/admission.ts";
import type { TokenBucket } from "../../core/ledger/token-bucket.ts";
import { limits } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Sql } from "../ports.ts";
import type { Redelivery } from "./delivery/redelivery.ts";
import type { Tally } from "./tally.ts";
import type { Terms } from "./terms.ts";

/** Who asks to be let in: the id that the job will have, and the terms that the request brought. */
export interface GateRequest {
  readonly id: string;
  readonly limits: TenantLimits;
  readonly limitsVersion?: number;
}
type Cost = { readonly computeUnits: number };

interface GateAnswer {
  readonly verdict: Result<true, Problem>;
  readonly rate: RateStatus | null;
}

/**
 * Lets jobs in or refuses them. A job may reserve its place before its source is stored; then it is let in
 * by its id later, and counts as unfinished until then. All of this is in memory only: an object sleeps when
 * it is idle, and by then buckets are full and places have ended. Should it restart earlier, a job without
 * its place asks once more.
 */
export class Gate {
  readonly #terms: Terms;
  readonly #tally: Tally;
  readonly #redelivery: Redelivery;
  readonly #storage: Pick<Sql, "databaseSize">;
  /** By id, oldest first: all end after the same time. */
  readonly #places = new Map<string, { readonly computeUnits: number; readonly endsAt: number }>();
  #placesUnits = 0;
  #jobs: TokenBucket | null = null;
  #repeats: TokenBucket | null = null;

  constructor(
    terms: Terms,
    tally: Tally,
    redelivery: Redelivery,
    storage: Pick<Sql, "databaseSize">,
  ) {
    this.#terms = terms;
    this.#tally = tally;
    this.#redelivery = redelivery;
    this.#storage = storage;
  }

  /** Keeps a place for `limits.reservationMillis`. Asked again for the same job, it is the same place. */
  reserve(request: GateRequest, cost: Cost, now: number): GateAnswer {
    const answer = this.enter(request, cost, now);
    if (answer.verdict.ok) {
      const { computeUnits } = cost;
      this.#places.set(request.id, { computeUnits, endsAt: now + limits.reservationMillis });
      this.#placesUnits += computeUnits;
    }
    return answer;
  }

  /** Lets a job in; what was reserved for it is used up. */
  enter(request: GateRequest, cost: Cost, now: number): GateAnswer {
    const terms = this.#terms.newest(request);
    if (terms.status !== "active") return { verdict: err(tenantSuspended), rate: null };
    this.#endOld(now);
    if (this.release(request.id) && this.#jobs) {
      return { verdict: ok(true), rate: rateStatus(this.#jobs, terms.limits) };
    }
    const { bucket, verdict } = admit(this.#standing(now), terms.limits, cost, now);
    this.#jobs = bucket;
    return { verdict, rate: rateStatus(bucket, terms.limits) };
  }

  /** A request that was accepted before needs no place, and costs a read instead of a job. */
  repeat(request: GateRequest, now: number): Result<true, Problem> {
    this.release(request.id);
    const terms = this.#terms.newest(request);
    const { bucket, verdict } = admitCall(this.#repeats, "reads", terms.limits, now);
    this.#repeats = bucket;
    return verdict;
  }

  /** Nobody comes for this place any more. False: there is none. */
  release(id: string): boolean {
    this.#placesUnits -= this.#places.get(id)?.computeUnits ?? 0;
    return this.#places.delete(id);
  }

  #endOld(now: number): void {
    for (const [id, { endsAt }] of this.#places) {
      if (endsAt > now) return;
      this.release(id);
    }
  }

  /** Places count like unfinished jobs. */
  #standing(now: number): Standing {
    const open = this.#tally.at(now);
    return {
      bucket: this.#jobs,
      jobsInFlight: open.jobsInFlight + this.#places.size,
      computeUnitsInFlight: open.computeUnitsInFlight + this.#placesUnits,
      jobsThisMonth: open.jobsThisMonth + this.#places.size,
      computeUnitsThisMonth: open.computeUnitsThisMonth + this.#placesUnits,
      pressure: this.#redelivery.pressure(now),
      storedBytes: this.#storage.databaseSize,
    };
  }
}
