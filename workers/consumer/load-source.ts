import { overlayKey, sourceKeyOf } from "../../core/job/picture-key.ts";
import type { Outcome } from "../../core/job/job.ts";
import { limits } from "../../core/limits.ts";
import { problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { callOut } from "./call-out.ts";
import type { ClaimedJob } from "./claim.ts";
import type { ConsumerPorts } from "./ports.ts";

/** The files that a render needs, whole. */
export interface LoadedSource {
  readonly source: Uint8Array;
  readonly overlay?: Uint8Array;
}

/** Both files, or how the job ends without it. Never rejects: it runs while another job renders. */
export async function loadSource(
  ports: ConsumerPorts,
  { tenant, id, spec }: ClaimedJob,
): Promise<Result<LoadedSource, Outcome>> {
  const load = (key: string) =>
    callOut(ports, limits.loadMillisMax, async () => {
      const object = await ports.pictures.get(key);
      return object && new Uint8Array(await object.arrayBuffer());
    });
  try {
    const [source, overlay] = await Promise.all([
      load(sourceKeyOf(tenant, id, spec)),
      spec.overlay && load(overlayKey(tenant, id)),
    ]);
    if (source && overlay !== null) return ok({ source, ...(overlay && { overlay }) });
    // Only a deletion removes a source before its job is settled; the ledger knows which it was.
    return err(removed);
  } catch (cause) {
    return err({ kind: "deferred", cause: `source not loaded: ${String(cause)}` });
  }
}

/** How a job ends whose picture was deleted. */
export const removed: Outcome = {
  kind: "failed",
  problem: problem("cancelled", "The picture was removed before it was rendered."),
};
