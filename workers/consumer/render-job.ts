import { specVersion, type Outcome } from "../../core/job/job.ts";
import { refusalProblem } from "../../core/image/refusal-problem.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { completeTransform } from "../../core/transform/options-to-transform.ts";
import type { Rendered } from "../../engine/engine.ts";
import type { ClaimedJob } from "./claim.ts";
import type { LoadedSource } from "./load-source.ts";
import type { ConsumerPorts } from "./ports.ts";

/** One decode for all outputs. What the picture itself causes is final; anything else is tried again, alone. */
export async function renderJob(
  { engine, log }: Pick<ConsumerPorts, "engine" | "log">,
  { id, tenant, spec }: ClaimedJob,
  { source, overlay }: LoadedSource,
): Promise<Result<Rendered, Outcome>> {
  if ((spec.v ?? 1) > specVersion) {
    return err({ kind: "deferred", cause: `this consumer cannot read version ${spec.v}` });
  }
  try {
    const { computeUnits } = spec;
    const transforms = spec.transforms.map(completeTransform);
    const rendered = await engine.render(source, transforms, overlay, { tenant, computeUnits });
    if (rendered.ok) return ok(rendered.value);
    return err({ kind: "failed", problem: refusalProblem(rendered.error) });
  } catch (cause) {
    log.error({ event: "render-threw", job: id, cause: String(cause) });
    return err({ kind: "deferred", cause: `render threw: ${String(cause)}`, blame: "job" });
  }
}
