import type { ImageInfo } from "../../core/image/image-info.ts";
import { costs, type Cost } from "../../core/plan/compute-units.ts";
import { planRender } from "../../core/plan/plan.ts";
import type { RenderPlan } from "../../core/plan/render-plan.ts";
import { parseOptionList } from "../../core/transform/grammar.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";

/** A picture as the docs describe it, by what differs from an opaque baseline JPEG of 1600 × 1200. */
export interface Example extends Partial<ImageInfo> {
  readonly bytes: number;
}

const photo: ImageInfo = {
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

/** What the service would do; null where it refuses. `options` name the format. */
export function examplePlan({ bytes, ...about }: Example, options: string): RenderPlan | null {
  const transform = parseOptionList(options);
  if (!transform.ok) throw new Error(transform.error.detail);
  const outputs = [transform.value as RenderTransform];
  const plan = planRender({ ...photo, ...about }, outputs, bytes);
  return plan.ok ? plan.value : null;
}

export function exampleCosts(example: Example, options: string): readonly Cost[] {
  const plan = examplePlan(example, options);
  if (!plan) throw new Error(`the example is refused: ${options}`);
  const { bytes: sourceBytes, ...about } = example;
  return costs({ ...plan, info: { ...photo, ...about }, sourceBytes });
}
