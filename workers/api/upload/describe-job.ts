import type { SourceFormat } from "../../../core/image/formats.ts";
import { uprightSize } from "../../../core/image/image-info.ts";
import { negotiateFormat } from "../../../core/plan/format-negotiation.ts";
import { refuseSwitchedOff } from "../../../core/image/optional-formats.ts";
import type { JobSpec } from "../../../core/job/job.ts";
import { problem, refusalProblem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { parseOutputs } from "../../../core/transform/grammar.ts";
import { unitsVersion } from "../../../core/plan/compute-units.ts";
import { planRender } from "../../../core/plan/plan.ts";
import type { Transform } from "../../../core/transform/transform.ts";
import type { Picture, Upload } from "./picture.ts";

/**
 * The job that an upload asks for, or why there can be none: options, format, dimensions and memory are
 * all decided here, from the header alone, before anything is stored or billed. `switchedOn`: the optional
 * formats that are read.
 */
export function describeJob(
  { picture, options }: Upload,
  accept: string | null,
  switchedOn: readonly SourceFormat[] = [],
): Result<JobSpec, Problem> {
  const refusal = refuseSwitchedOff(picture.info.format, switchedOn);
  if (refusal) return err(refusalProblem(refusal));
  const outputs = parseOutputs(options);
  if (!outputs.ok) {
    const { option, detail } = outputs.error;
    return err(problem("invalid-option", detail, { option }));
  }
  return specOf(picture, outputs.value, accept);
}

/** What rendering these transforms of a picture with this header takes; formats left open are decided here. */
export function specOf(
  { info, bytes, bytesMax }: Pick<Picture, "info" | "bytes" | "bytesMax">,
  asked: readonly Transform[],
  accept: string | null,
): Result<JobSpec, Problem> {
  const describe = (acceptable: string | null) => {
    const transforms = asked.map((transform) => ({
      ...transform,
      format: negotiateFormat(transform, acceptable, info),
    }));
    return { transforms, plan: planRender(info, transforms, bytesMax) };
  };
  const wished = describe(accept);
  // Encoders differ in what they need: where the newest format is too much, `auto` means an older one.
  const { transforms, plan } = wished.plan.ok ? wished : describe(null);
  if (!plan.ok) return err(refusalProblem(plan.error));
  return ok({
    v: 1,
    source: { bytes: bytes ?? bytesMax, ...uprightSize(info), format: info.format },
    transforms,
    computeUnits: plan.value.computeUnits,
    unitsVersion,
  });
}
