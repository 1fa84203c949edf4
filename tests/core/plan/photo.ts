import { renderTransform } from "../../../bench/render-transform.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { planRender } from "../../../core/plan/plan.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { pictureInfo } from "../image/picture-info.ts";

export const photo = pictureInfo();

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
