import { renderTransform } from "../../../bench/render-transform.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { planRender } from "../../../core/plan/plan.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";

export const photo: ImageInfo = {
  format: "jpeg",
  width: 1600,
  height: 1200,
  orientation: 1,
  hasAlpha: false,
  frames: 1,
  bitDepth: 8,
  progressive: false,
  colour: "rgb",
  lossless: false,
  samplesPerPixel: 1.5,
  hasIcc: false,
};

const asked = renderTransform("format=jpeg");

export const sourceBytes = 400_000;

/** The plan or refusal for a photograph that is as said, and the outputs asked of it. */
export function planned(
  info: Partial<ImageInfo>,
  outputs: readonly Partial<RenderTransform>[],
  bytes = sourceBytes,
) {
  const transforms = outputs.map((output) => ({ ...asked, ...output }));
  return planRender({ ...photo, ...info }, transforms, bytes);
}

/** For what must not be refused. */
export function plan(info: Partial<ImageInfo>, ...outputs: readonly Partial<RenderTransform>[]) {
  const result = planned(info, outputs);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
