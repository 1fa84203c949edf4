import type { ImageInfo } from "../core/image/image-info.ts";
import type { OutputPlan, RenderPlan } from "../core/plan/render-plan.ts";
import type { Encoders, PlaneRequest } from "./codecs/codec.ts";
import type { Colours } from "./colour/colour.ts";
import { steps } from "./pipeline.ts";
import { storedWindow, turn } from "./pixels/orientation.ts";
import type { Window } from "./pixels/resize.ts";

/** Whether an output can be encoded from the source's planes, without pixels in between. */
export function canKeepPlanes(
  encoders: Encoders,
  info: ImageInfo,
  output: OutputPlan,
  colours: Colours,
): boolean {
  const { transform } = output;
  if (transform.format === "json" || transform.bytesMax !== undefined) return false;
  const { encodePlanes } = encoders[transform.format];
  return encodePlanes !== undefined && isUntouched(info, output, colours);
}

/** Whether an output shows no more of chroma than a plane of half its size holds. */
export function halvesChroma(
  encoders: Encoders,
  info: ImageInfo,
  output: OutputPlan,
  colours: Colours,
): boolean {
  const { transform, quality, size } = output;
  if (transform.format === "json") return false;
  const isHalved = encoders[transform.format].halvesChroma?.(quality, size) ?? false;
  return isHalved && isUntouched(info, output, colours);
}

/** Whether nothing changes a pixel once it has its size. */
function isUntouched(info: ImageInfo, output: OutputPlan, colours: Colours): boolean {
  return (
    turn(info.orientation, output.transform) === 1 &&
    !steps.some((step) => step.isWanted({ output, colours, isOpaque: true }))
  );
}

/** What the outputs want of a decoder that gives planes. */
export function planeRequest(
  encoders: Encoders,
  info: ImageInfo,
  { outputs, rowsAtOnce }: Pick<RenderPlan, "outputs" | "rowsAtOnce">,
): PlaneRequest {
  // The profile is not known yet: where there is one, it may ask for pixels.
  const isHalved = outputs.every((output) => halvesChroma(encoders, info, output, srgb));
  const [only] = outputs;
  const ratio = Math.min(...outputs.map(ratioOf));
  return {
    rowsAtOnce,
    ratio,
    chromaRatio: ratio * (isHalved && !info.hasIcc ? 2 : 1),
    window: only && rowsAtOnce < Infinity ? windowOf(info, only) : { x: 0, y: 0, ...sizeOf(info) },
  };
}

const srgb: Colours = { profile: { kind: "srgb" } };
const sizeOf = ({ width, height }: ImageInfo) => ({ width, height });

const ratioOf = ({ resize: { from, to } }: OutputPlan): number =>
  Math.min(from.width / to.width, from.height / to.height);

function windowOf(info: ImageInfo, { window, transform, resize }: OutputPlan): Window {
  const { from, to } = resize;
  const { x, y, width, height } = storedWindow(turn(info.orientation, transform), info, window);
  // Three lobes of a filter at half size, and whole samples of the coarsest chroma.
  const around = 6 * Math.max(1, from.width / to.width, from.height / to.height) + 64;
  return {
    x: x - around,
    y: y - around,
    width: width + 2 * around,
    height: height + 2 * around,
  };
}
