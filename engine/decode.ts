import type { ImageInfo } from "../core/image/image-info.ts";
import type { Refusal } from "../core/image/refusal.ts";
import type { OutputPlan, RenderPlan } from "../core/plan/render-plan.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Decoded } from "./codecs/codec.ts";
import type { Codecs } from "./codecs/codec-set.ts";
import { planeRequest } from "./plane-request.ts";

/** The part of a plan that says how to decode. */
export type DecodePlan = Pick<RenderPlan, "shrink" | "samples" | "rowsAtOnce" | "outputs">;

/** A decoded picture, and what it is the picture of. */
export type DecodedSource = Decoded & {
  readonly info: ImageInfo;
  /** Pixels of the source, along each axis, that are one of the decoded picture. */
  readonly shrink: number;
};

/**
 * The picture, smaller by the plan's whole factor. One that is cut off or damaged is refused, never
 * filled up, unless every output allows that; so is one whose size is not what its header says. Planes may
 * throw that later.
 */
export function decode(
  { decoders, encoders, workspace }: Codecs,
  source: Uint8Array,
  info: ImageInfo,
  plan: DecodePlan,
): Result<DecodedSource, Refusal> {
  const { shrink, samples } = plan;
  const planes = planeRequest(encoders, info, plan);
  const partial = allowsPartial(plan.outputs);
  const request = { shrink, workspace, planes, partial, asPixels: samples === "pixels" };
  const decoded = decoders[info.format].decode(source, request, info);
  if (!decoded.ok) return decoded;
  const { width, height } = sizeOf(decoded.value);
  if (width === Math.ceil(info.width / shrink) && height === Math.ceil(info.height / shrink)) {
    return ok({ ...decoded.value, info, shrink });
  }
  return err({
    reason: "corrupt_image",
    detail: "The picture's size is not what its header says",
  });
}

function sizeOf(decoded: Decoded) {
  return decoded.samples === "pixels" ? decoded.bitmap : decoded.size;
}

/** Whether a partly decoded picture is accepted. */
export const allowsPartial = (outputs: readonly OutputPlan[]): boolean =>
  outputs.length > 0 && outputs.every(({ transform }) => transform.partial === "allow");
