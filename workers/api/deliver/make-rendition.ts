import { ulid } from "ulid";
import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { renditionIdempotency, type Rendition } from "../../../core/delivery/rendition.ts";
import { jobId } from "../../../core/job/job-id.ts";
import type { JobSpec } from "../../../core/job/job.ts";
import { ledgerForNewJob, ledgerName } from "../../../core/job/ledger-address.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem, type ProblemCode } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { LedgerDoor } from "../admission/ledger-door.ts";
import { homeOf, homePictures } from "../regions.ts";
import type { Call } from "../route.ts";

export interface Wanted {
  readonly profile: DeliveryProfile;
  readonly rendition: Rendition;
  /** With `kept`. */
  readonly spec: JobSpec;
}

/**
 * Has the rendition made, and waits until it is there. Its name is the job's idempotency key, so that all who
 * ask for it at once, wherever, get one job, which is billed once.
 */
export async function makeRendition(call: Call, wanted: Wanted): Promise<Result<true, Problem>> {
  const first = await askLedger(call, wanted, undefined);
  if (!first.ok || first.value.replaces === null) return first.ok ? ok(true) : first;
  // It was made before, and what it made is gone, or it ended for a reason that has passed.
  const second = await askLedger(call, wanted, first.value.replaces);
  if (!second.ok) return second;
  return second.value.replaces === null ? ok(true) : err(notReady);
}

async function askLedger(
  call: Call,
  { profile, rendition, spec }: Wanted,
  replaces: string | undefined,
): Promise<Result<{ readonly replaces: string | null }, Problem>> {
  const { env } = call;
  const { key, fingerprint } = renditionIdempotency(rendition);
  const address = ledgerForNewJob(profile.tenant, homeOf(env), key);
  const door = new LedgerDoor(call, ledgerName(address));
  const refused = door.refusedLately();
  if (refused) return err(refused.problem);
  const { verdict } = await door.accept(
    {
      id: jobId(address.region, address.shard, ulid()),
      key: nobodysKey,
      limits: profile.limits,
      limitsVersion: profile.version,
      idempotency: { key, fingerprint, ...(replaces !== undefined && { replaces }) },
      spec,
    },
    limits.waitSecondsMax * 1000,
  );
  if (!verdict.ok) return verdict;
  const { job, replayed } = verdict.value;
  if (job.settledAt === null) return err(notReady);
  if (job.error) {
    return replayed && passes.has(job.error.code) ? ok({ replaces: job.id }) : err(job.error);
  }
  if (!replayed) return ok({ replaces: null });
  const stored = await homePictures(env).head(rendition.key);
  return ok({ replaces: stored ? null : job.id });
}

/** A visitor has no key that could be revoked. */
const nobodysKey = "delivery";

/** Failures that say nothing of the picture: it is tried again when it is asked for again. */
const passes: ReadonlySet<ProblemCode> = new Set(["cancelled", "deadline-exceeded", "internal"]);

const notReady = problem("unavailable", "The rendition is still being made. Ask again.", {
  retryAfterMillis: limits.notReadyRetryMillis,
});
