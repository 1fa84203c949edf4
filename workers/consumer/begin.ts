import { limits } from "../../core/limits.ts";
import { callOut } from "./call-out.ts";
import type { ClaimedJob } from "./claim.ts";
import type { ConsumerPorts, Lane } from "./ports.ts";

/**
 * Since when a claimed job has been this consumer's, by its ledger's clock; null: it no longer is. Asked when the
 * jobs before it in the batch took long, so that no slow batch is rendered twice, and always for a job that is
 * rendered alone. When the ledger does not answer, the job is rendered: it will be settled once in any case.
 */
export async function beginAt(
  { id, ledger, attempt, claimedAt }: ClaimedJob,
  ports: ConsumerPorts,
  { alone }: Lane,
): Promise<number | null> {
  const fresh = ports.now() - claimedAt < limits.leaseFreshMillis;
  if (attempt === null || (fresh && !alone)) return claimedAt;
  try {
    const begun = () => ports.ledger(ledger).begin({ job: id, attempt }, alone);
    return (await callOut(ports, limits.objectMillisMax, begun)) ? ports.now() : null;
  } catch (cause) {
    ports.log.warn({ event: "begin-failed", job: id, cause: String(cause) });
    return claimedAt;
  }
}
