import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import type { FinalOutcome } from "../../../core/ledger/progress.ts";
import { stages, type Stage } from "../../../core/metrics/measured.ts";
import type { LedgerPorts } from "../../ports.ts";
import type { JobRecord } from "../jobs/job-record.ts";

/** A stage that was not timed: 0 would be a time. */
const notTimed = -1;

/**
 * Writes an ended job down for Analytics Engine. The order of the columns is the format (docs/metrics.md): it only grows.
 * A point that cannot be written is dropped, and never holds up the job's end.
 */
export function writeJobPoint(
  { host, points }: Pick<LedgerPorts, "host" | "points">,
  { spec }: JobRecord,
  outcome: FinalOutcome,
  took: Readonly<Partial<Record<Stage, number>>>,
): void {
  if (!points) return;
  const { tenant, region } = parseLedgerName(host.name);
  const { computeUnits, bytesOut } =
    outcome.kind === "done" ? outcome.usage : { computeUnits: 0, bytesOut: 0 };
  try {
    points.writeDataPoint({
      indexes: [tenant],
      blobs: [region, outcome.kind, outcome.kind === "failed" ? outcome.problem.code : ""],
      doubles: [
        computeUnits,
        spec.source.bytes,
        bytesOut,
        ...stages.map((stage) => took[stage] ?? notTimed),
      ],
    });
  } catch (cause) {
    host.log.warn({ event: "point-not-written", ledger: host.name, cause: String(cause) });
  }
}
