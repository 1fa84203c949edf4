import { differ } from "../../core/job/fingerprint.ts";
import { problem } from "../../core/problem.ts";
import { err, ok } from "../../core/result.ts";
import { toJob, type JobRecord } from "./jobs/job-record.ts";
import type { AcceptAnswer, AcceptRequest } from "./ledger-calls.ts";

/** What a request gets whose idempotency key is known. Same request: the same job, whatever has become of it. */
export function replay(
  known: JobRecord,
  request: AcceptRequest,
  tenant: string,
): AcceptAnswer["verdict"] {
  if (differ(known.fingerprint, request.idempotency?.fingerprint)) {
    return err(
      problem(
        "idempotency-key-reused",
        "This Idempotency-Key belongs to a request with another picture or other outputs. Use a new key.",
      ),
    );
  }
  if (known.deleted) {
    return err(
      problem(
        "idempotency-key-reused",
        "The job of this Idempotency-Key was deleted. Use a new key.",
      ),
    );
  }
  return ok({ job: toJob(known, tenant), replayed: true });
}
