import { sourceKey } from "../../core/job/picture-key.ts";
import type { Outcome } from "../../core/job/job.ts";
import { problem } from "../../core/problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { ClaimedJob } from "./claim.ts";
import type { ConsumerEnv } from "./env.ts";

/** The whole source, or how the job ends without it. Never rejects: it runs while another job renders. */
export async function loadSource(
  env: ConsumerEnv,
  { tenant, id }: ClaimedJob,
): Promise<Result<Uint8Array, Outcome>> {
  try {
    const object = await env.PICTURES.get(sourceKey(tenant, id));
    if (object) return ok(new Uint8Array(await object.arrayBuffer()));
    // Only a deletion removes a source before its job is settled; the ledger knows which it was.
    return err({
      kind: "failed",
      problem: problem("cancelled", "The picture was removed before it was rendered."),
    });
  } catch (cause) {
    return err({ kind: "deferred", cause: `source not loaded: ${String(cause)}` });
  }
}
