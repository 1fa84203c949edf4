import * as progress from "../../../core/ledger/progress.ts";
import { isTroubleToBegin } from "../../../core/ledger/trouble.ts";
import type { Host } from "../../ports.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { BeginRequest, ClaimAnswer, ClaimRequest } from "../ledger-calls.ts";
import type { Settling } from "../settling.ts";
import type { Waiters } from "../waiters.ts";
import type { Redelivery } from "./redelivery.ts";

interface Parts {
  readonly jobs: JobStore;
  readonly settling: Settling;
  readonly waiters: Waiters;
  readonly redelivery: Redelivery;
}

/** Decides which consumer renders a job. Runs inside the caller's transaction. */
export class Claims {
  readonly #host: Pick<Host, "now">;
  readonly #parts: Parts;

  constructor(host: Pick<Host, "now">, parts: Parts) {
    this.#host = host;
    this.#parts = parts;
  }

  claim({ job, redelivered, sentAt }: ClaimRequest, alone: boolean): ClaimAnswer {
    const { jobs, settling, waiters, redelivery } = this.#parts;
    const now = this.#host.now();
    const record = jobs.find(job);
    if (!record) return { verdict: "drop", job };
    redelivery.arrived(record, sentAt);
    const asker = { redelivered, alone, leaseMillis: leaseOf(record) };
    const claim = settling.isReadable(record)
      ? progress.claim(record.progress, now, asker)
      : settling.damaged;
    if (claim.verdict === "drop") return { verdict: "drop", job };
    if (claim.verdict === "give-up") {
      settling.fail(record, claim.problem, now);
      return { verdict: "drop", job };
    }
    if (isHeldOnly(claim, record) && !alone) jobs.hold(job, claim.next);
    else jobs.advance(job, claim.next);
    if (claim.verdict === "isolate") return { verdict: "isolate", job };
    const { spec } = record;
    const attempt = claim.next.claims;
    return { verdict: "render", job, spec, awaited: waiters.has(job), attempt };
  }

  begin({ job, attempt }: BeginRequest, alone: boolean): boolean {
    const { jobs, settling } = this.#parts;
    const now = this.#host.now();
    const record = jobs.find(job);
    if (!record) return false;
    const asker = { alone, leaseMillis: leaseOf(record) };
    const next = progress.begin(record.progress, attempt, now, asker);
    if (!next) return false;
    if (isTroubleToBegin(record.progress, alone)) settling.apart.count(now);
    jobs.advance(job, next);
    return true;
  }
}

export const leaseOf = ({ spec }: Pick<JobRecord, "spec">): number =>
  progress.leaseMillis(spec.computeUnits);

/** It is the first, and an object that wakes knows that there may have been one. */
const isHeldOnly = ({ verdict }: progress.Claim, { progress: before }: JobRecord): boolean =>
  verdict === "render" && progress.isBeforeFirstClaim(before);
