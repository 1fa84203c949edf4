import { differ } from "../../core/job/fingerprint.ts";
import type { Job } from "../../core/job/job.ts";
import { limits } from "../../core/limits.ts";
import { problem } from "../../core/problem.ts";
import { err, ok } from "../../core/result.ts";
import type { Replay } from "./archive/replays.ts";
import type { JobRecord } from "./jobs/job-record.ts";
import type { AcceptAnswer, AcceptRequest } from "./ledger-calls.ts";

/** What a request gets whose idempotency key is known. Same request: the same job, in its present state. */
export function replay(
  known: JobRecord,
  request: AcceptRequest,
  show: (record: JobRecord) => Job,
): AcceptAnswer["verdict"] {
  if (differ(known.fingerprint, request.idempotency?.fingerprint)) return err(otherRequest);
  if (known.deleted) return err(deleted);
  if (known.progress.held && known.settledAt === null && !request.knowsHeld) return err(notStored);
  return ok({ job: show(known), replayed: true });
}

/** The same for a job that has left the ledger; null: it was deleted. */
export function replayLeft(
  left: Replay,
  job: Job | null,
  { idempotency }: AcceptRequest,
): AcceptAnswer["verdict"] {
  if (idempotency === null || !left.matches(idempotency.fingerprint)) return err(otherRequest);
  return job ? ok({ job, replayed: true }) : err(deleted);
}

const otherRequest = problem(
  "idempotency-key-reused",
  "This Idempotency-Key belongs to a request with another picture or other outputs. Use a new key.",
);
/** For callers from before jobs were held. By then the job is stored or has ended. */
const notStored = problem(
  "unavailable",
  "The first request of this Idempotency-Key is still being processed. Send it again after Retry-After.",
  { retryAfterMillis: limits.unavailableRetryMillis },
);
const deleted = problem(
  "idempotency-key-reused",
  "The job of this Idempotency-Key was deleted. Use a new key.",
);
