import { bytesInOf, isRendition, type JobSpec, type Outcome } from "../../../core/job/job.ts";
import type { FinalOutcome } from "../../../core/ledger/progress.ts";
import { canBeCounted, type UsageEvent } from "../../../core/ledger/usage.ts";
import type { Work } from "../../../core/ledger/work.ts";
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
    work: workOf(spec, outcome),
  };
}

function workOf({ source, by }: JobSpec, outcome: FinalOutcome): Work {
  const done = outcome.kind === "done" ? outcome : null;
  const { renderMillis = 0 } = done?.usage ?? {};
  return {
    ...by,
    sourcePixels: source.width * source.height,
    renderMillis: Math.max(0, Math.round(renderMillis)),
    files: (done?.outputs ?? []).map(({ format, bytes, width, height }) => ({
      format,
      bytes,
      pixels: width * height,
    })),
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
