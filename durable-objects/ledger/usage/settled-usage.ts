import { bytesInOf, isRendition, type Outcome } from "../../../core/job/job.ts";
import type { FinalOutcome } from "../../../core/ledger/progress.ts";
import { canBeCounted, type UsageEvent } from "../../../core/ledger/usage.ts";
import type { JobRecord } from "../jobs/job-record.ts";

/** The line of the raw bill for a job that ends so; a failed one is recorded with nothing to bill. */
export function settledUsage(
  { id, spec }: JobRecord,
  outcome: FinalOutcome,
  at: number,
): Omit<UsageEvent, "seq"> {
  const done = outcome.kind === "done" ? outcome : null;
  const { unitsVersion } = spec;
  const engineVersion = done?.usage.engineVersion;
  return {
    job: id,
    at,
    outcome: outcome.kind,
    outputs: done?.outputs.filter(isRendition).length ?? 0,
    bytesIn: bytesInOf(spec),
    bytesOut: done?.usage.bytesOut ?? 0,
    pixels: done?.usage.pixels ?? 0,
    computeUnits: done?.usage.computeUnits ?? 0,
    ...(unitsVersion !== undefined && { unitsVersion }),
    ...(engineVersion !== undefined && { engineVersion }),
  };
}

/** Throws when a consumer, perhaps of another version, reports usage that could never be an event. */
export function expectCountable(
  outcomes: readonly { readonly job: string; readonly outcome: Outcome }[],
): void {
  for (const { job, outcome } of outcomes) {
    if (outcome.kind === "done" && !canBeCounted(outcome.usage)) {
      throw new RangeError(`the usage of ${job} cannot be counted`);
    }
  }
}
