import { uprightSize, type ImageInfo } from "../image/image-info.ts";
import { previewSize } from "./preview-size.ts";
import type { Refusal } from "../image/refusal.ts";
import { limits } from "../limits.ts";
import { err, ok, type Err, type Result } from "../result.ts";
import { framesOf } from "./animation.ts";
import { computeUnits } from "./compute-units.ts";
import { pixelsOf, type Size } from "../image/size.ts";
import { sampledWindow } from "./geometry.ts";
import { decodedSize, peakMemory } from "./memory.ts";
import { place, type Findings } from "./placement.ts";
import { placeOverlay, type OverlaySource } from "./overlay-placement.ts";
import type { OutputPlan, RenderPlan } from "./render-plan.ts";
import { formats } from "../image/formats.ts";
import { parseTransform } from "../transform/grammar.ts";
import type { RenderTransform } from "../transform/transform.ts";

/** What a plan may depend on besides the picture and its transforms. */
export interface PlanOptions {
  /** What the decoder gives, where that is not what it usually does. */
  readonly samples?: RenderPlan["samples"];
  /** The picture that is drawn on every output whose transform has an overlay. */
  readonly overlay?: OverlaySource | undefined;
}

/**
 * Pure: the same header and transforms give the same plan, so what the API accepts the engine
 * renders, and a bill can be recomputed. `sourceBytes` is the length of the file, which some decoders
 * copy, or a bound of it.
 */
export function planRender(
  info: ImageInfo,
  transforms: readonly RenderTransform[],
  sourceBytes: number,
  { samples = samplesOf(info), overlay }: PlanOptions = {},
): Result<RenderPlan, Refusal> {
  const outputs = planOutputs(info, transforms, overlay);
  return outputs.ok
    ? chooseShrink(info, { samples, overlay }, outputs.value, sourceBytes)
    : outputs;
}

/** How the overlay is decoded, while the file that it is drawn on is held: whole, as pixels. */
export function planOverlay(
  { info, bytes }: OverlaySource,
  sourceBytes: number,
  samples?: RenderPlan["samples"],
): Result<RenderPlan, Refusal> {
  const { width, height } = info;
  if (pixelsOf(info) > limits.overlayPixelsMax) {
    const most = limits.overlayPixelsMax / 1e6;
    const detail = `The overlay has ${width} × ${height} pixels; at most ${most} million are allowed. Send a smaller one.`;
    return err({ reason: "image_too_large", of: "overlay", detail, width, height });
  }
  const whole = parseTransform([]);
  if (!whole.ok) throw new Error("the plain transform is none");
  const plan = planRender(info, [{ ...whole.value, format: "png" }], bytes, samples && { samples });
  if (!plan.ok || fits(plan.value.peakWasmBytes, bytes + sourceBytes)) return plan;
  return overMemory(plan.value.peakWasmBytes, bytes + sourceBytes);
}

function samplesOf(info: ImageInfo): RenderPlan["samples"] {
  const needs = { shrink: 1, rowsAtOnce: 1 };
  const memory = formats[info.format].source.planesMemory?.(info, needs, 0);
  return memory === undefined ? "pixels" : "planes";
}

/** Whether a transform depends on what the picture shows. */
export function needsFindings({ transform: { trim, gravity } }: OutputPlan): boolean {
  return trim?.by === "border" || gravity === "auto";
}

/**
 * Re-plans after pixel analysis; `findings` has one entry for each output, in order. A border trim can
 * leave so little that enlarging it needs far more memory than planned: that is refused like any other
 * plan. The price does not change.
 */
export function replan(
  info: ImageInfo,
  plan: RenderPlan,
  findings: readonly Findings[],
  sourceBytes: number,
): Result<RenderPlan, Refusal> {
  const transforms = plan.outputs.map(({ asked }) => asked);
  const outputs = planOutputs(info, transforms, plan.overlay, findings);
  if (!outputs.ok) return outputs;
  const { wasm, total } = peakMemory(info, { ...plan, outputs: outputs.value }, sourceBytes);
  if (!fits(total, sourceBytes)) return overMemory(total, sourceBytes);
  return ok({ ...plan, outputs: outputs.value, peakWasmBytes: wasm });
}

function planOutputs(
  info: ImageInfo,
  transforms: readonly RenderTransform[],
  overlay: OverlaySource | undefined,
  findings: readonly Findings[] = [],
): Result<readonly OutputPlan[], Refusal> {
  const outputs: OutputPlan[] = [];
  for (const [index, transform] of transforms.entries()) {
    const output = planOutput(info, transform, overlay, findings[index]);
    if (!output.ok) return output;
    outputs.push(output.value);
  }
  return ok(outputs);
}

/** The first way to decode that fits. */
function chooseShrink(
  info: ImageInfo,
  { samples: asked, overlay }: Pick<RenderPlan, "samples"> & PlanOptions,
  outputs: readonly OutputPlan[],
  sourceBytes: number,
): Result<RenderPlan, Refusal> {
  const rowsAtOnce = rowsReadAtOnce(outputs);
  const frames = Math.max(...outputs.map((output) => output.frames));
  // Frames are laid over one another as pixels.
  const samples = frames > 1 ? "pixels" : asked;
  let least = Infinity;
  for (const shrink of shrinks(info, outputs)) {
    const inPlace = frames === 1 && samples === "pixels" && isInPlace(info, shrink, outputs);
    const decoding = { shrink, samples, rowsAtOnce, inPlace, frames, ...(overlay && { overlay }) };
    const { wasm, total } = peakMemory(info, { ...decoding, outputs }, sourceBytes);
    if (fits(total, sourceBytes)) {
      const units = computeUnits({ ...decoding, info, sourceBytes, outputs });
      return ok({ ...decoding, outputs, peakWasmBytes: wasm, computeUnits: units });
    }
    least = Math.min(least, total);
  }
  return overMemory(least, sourceBytes);
}

/** The file itself is in memory too, with everything that is made of it. */
const fits = (total: number, sourceBytes: number) =>
  total <= limits.wasmBytesMax && total + sourceBytes <= limits.isolateBytesMax;

function overMemory(total: number, sourceBytes: number): Err<Refusal> {
  const [bytes, bytesMax] =
    total > limits.wasmBytesMax
      ? [total, limits.wasmBytesMax]
      : [total + sourceBytes, limits.isolateBytesMax];
  return err({ reason: "over_memory_plan", bytes, bytesMax });
}

function planOutput(
  info: ImageInfo,
  transform: RenderTransform,
  overlay: OverlaySource | undefined,
  findings?: Findings,
): Result<OutputPlan, Refusal> {
  const upright = uprightSize(info);
  const asked = place(upright, transform, findings);
  if (!asked.ok) return asked;
  const { canvas } = asked.value;
  const isDescription = transform.format === "json";
  const rendered = isDescription ? asPreview(transform, canvas) : transform;
  const placed = isDescription ? place(upright, rendered, findings) : asked;
  if (!placed.ok) return placed;
  const geometry = placed.value;
  if (isTooLarge(geometry.canvas)) return err({ reason: "output_too_large", ...geometry.canvas });
  const drawn =
    overlay &&
    rendered.overlay &&
    placeOverlay(geometry.canvas, overlay, rendered.overlay, rendered).scaled;
  if (drawn && isTooLarge(drawn)) return err({ reason: "output_too_large", ...drawn });
  const frames = framesOf(info, transform, geometry.canvas);
  if (!frames.ok) return frames;
  const isTurned = transform.rotate === 90 || transform.rotate === 270;
  const isStoredTurned = isTurned !== info.orientation >= 5;
  const window = sampledWindow(geometry, rendered);
  return ok({
    asked: transform,
    size: canvas,
    transform: rendered,
    frames: frames.value,
    geometry,
    window,
    quality: transform.quality ?? formats[transform.format].output.qualityDefault,
    resize: {
      from: isStoredTurned ? swapped(window) : sizeOf(window),
      to: isStoredTurned ? swapped(geometry.scaled) : geometry.scaled,
    },
  });
}

/**
 * A description needs no more pixels than its preview has, so it can be had of a picture whose rendition
 * would be too large. What is measured in pixels shrinks along.
 */
function asPreview(transform: RenderTransform, canvas: Size): RenderTransform {
  const { border: _border, "border-radius": _radius, overlay: _overlay, ...rest } = transform;
  const { width, height } = previewSize(canvas);
  const smaller = width / canvas.width;
  const [blur, pixelate] = [transform.blur * smaller, Math.round(transform.pixelate * smaller)];
  return { ...rest, width, height, dpr: 1, blur, pixelate };
}

/** Ways to decode, best first: every one leaves each output at least its own size to draw from. */
function shrinks(info: ImageInfo, outputs: readonly OutputPlan[]): readonly number[] {
  // A border is found where it is, to the pixel, and frames are laid over one another to the pixel.
  const isExact = ({ transform, frames }: OutputPlan) =>
    transform.trim?.by === "border" || frames > 1;
  if (outputs.some(isExact)) return [1];
  const ratio = Math.min(
    ...outputs.map(({ resize: { from, to } }) =>
      Math.min(from.width / to.width, from.height / to.height),
    ),
  );
  return formats[info.format].source.shrinks(ratio, info);
}

/**
 * A look at the picture, or a second output, begins again from the top. For one output, an encoder's 16
 * lines with chroma's filter at half their size on either side.
 */
function rowsReadAtOnce([first, ...others]: readonly OutputPlan[]): number {
  if (!first || others.length > 0 || needsFindings(first)) return Infinity;
  return (30 * first.resize.from.height) / first.resize.to.height;
}

function isInPlace(info: ImageInfo, shrink: number, [first, ...others]: readonly OutputPlan[]) {
  if (!first || others.length > 0 || info.orientation !== 1) return false;
  const { transform, geometry } = first;
  const { rotate, flip, trim } = transform;
  if (rotate !== 0 || flip !== "" || trim) return false;
  const { crop, scaled } = geometry;
  const decoded = decodedSize(info, shrink);
  return isSame(crop, info) && isSame(scaled, decoded);
}

const isSame = (left: Size, right: Size) =>
  left.width === right.width && left.height === right.height;

const isTooLarge = (canvas: Size) =>
  Math.max(canvas.width, canvas.height) > limits.outputSideMax ||
  pixelsOf(canvas) > limits.outputPixelsMax;

const sizeOf = ({ width, height }: Size): Size => ({ width, height });
const swapped = ({ width, height }: Size): Size => ({ width: height, height: width });
