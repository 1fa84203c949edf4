import { completeTransform } from "../../../core/transform/options-to-transform.ts";
import type { RenderTransform, Transform } from "../../../core/transform/transform.ts";

/** What no option at all means. An option that is not named here means what its record says. */
export const defaults: Transform = {
  ...completeTransform({} as RenderTransform),
  fit: "scale-down",
  gravity: { x: 0.5, y: 0.5 },
  dpr: 1,
  flip: "",
  rotate: 0,
  blur: 0,
  sharpen: 0,
  brightness: 1,
  contrast: 1,
  gamma: 1,
  saturation: 1,
  zoom: 0,
  grayscale: false,
  pixelate: 0,
  format: "auto",
  metadata: "none",
  anim: false,
  partial: "refuse",
};
