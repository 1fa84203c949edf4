import type { SourceFormat } from "../../../core/image/formats.ts";
import { uprightSize } from "../../../core/image/image-info.ts";
import { negotiateFormat } from "../../../core/plan/format-negotiation.ts";
import { refuseSwitchedOff } from "../../../core/image/optional-formats.ts";
import type { JobSource, JobSpec } from "../../../core/job/job.ts";
import { refusalProblem } from "../../../core/image/refusal-problem.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { parseOutputs } from "../../../core/transform/grammar.ts";
import { unitsVersion } from "../../../core/plan/compute-units.ts";
import type { OverlaySource } from "../../../core/plan/overlay-placement.ts";
import { planOverlay, planRender } from "../../../core/plan/plan.ts";
import type { Transform } from "../../../core/transform/transform.ts";
import type { Picture, Upload } from "./picture.ts";

/**
 * The job that an upload asks for, or why there can be none: options, format, dimensions and memory are
 * all decided here, from the header alone, before anything is stored or billed. `switchedOn`: the optional
 * formats that are read.
 */
export function describeJob(
  { picture, overlay, options }: Upload,
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
  const drawn = overlay && describeOverlay(overlay, picture.bytesMax, switchedOn);
  if (drawn && !drawn.ok) return drawn;
  return specOf(picture, outputs.value, accept, drawn?.value);
}

/**
 * What rendering these transforms of a picture with this header takes; formats left open are decided here.
 * With an overlay every output draws it.
 */
export function specOf(
  { info, bytes, bytesMax }: Pick<Picture, "info" | "bytes" | "bytesMax">,
  asked: readonly Transform[],
  accept: string | null,
  overlay?: OverlaySource,
): Result<JobSpec, Problem> {
  const [field] = asked.flatMap((transform) => Object.keys(transform.overlay ?? {}));
  if (field !== undefined && !overlay) return err(overlayMissing(`overlay.${field}`));
  const describe = (acceptable: string | null) => {
    const transforms = asked.map((transform) => ({
      ...transform,
      ...(overlay && { overlay: transform.overlay ?? {} }),
      format: negotiateFormat(transform, acceptable, info),
    }));
    return { transforms, plan: planRender(info, transforms, bytesMax, { overlay }) };
  };
  const wished = describe(accept);
  // Encoders differ in what they need: where the newest format is too much, `auto` means an older one.
  const { transforms, plan } = wished.plan.ok ? wished : describe(null);
  if (!plan.ok) return err(refusalProblem(plan.error));
  return ok({
    v: overlay ? 3 : 1,
    source: jobSource({ info, bytes: bytes ?? bytesMax }),
    transforms,
    ...(overlay && { overlay: jobSource(overlay) }),
    computeUnits: plan.value.computeUnits,
    unitsVersion,
  });
}

const jobSource = ({ info, bytes }: OverlaySource): JobSource => ({
  bytes,
  ...uprightSize(info),
  format: info.format,
});

/** The overlay's header, once it is sure that it can be decoded. */
function describeOverlay(
  { info, bytesMax }: Picture,
  sourceBytes: number,
  switchedOn: readonly SourceFormat[],
): Result<OverlaySource, Problem> {
  const refusal = refuseSwitchedOff(info.format, switchedOn);
  if (refusal) return err(refusalProblem({ ...refusal, of: "overlay" }));
  const source = { info, bytes: bytesMax };
  const plan = planOverlay(source, sourceBytes);
  return plan.ok ? ok(source) : err(refusalProblem(plan.error));
}

const overlayMissing = (option: string): Problem =>
  problem(
    "invalid-option",
    `${option} needs a second picture. Send it in the form field \`overlay\`.`,
    { option },
  );
