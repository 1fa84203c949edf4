import type { ImageInfo } from "../image/image-info.ts";
import type { CodecMemory, EncodedPicture } from "../image/format-record.ts";
import { effectCosts } from "./effect-costs.ts";
import { pixelsOf, type Size } from "../image/size.ts";
import { limits } from "../limits.ts";
import { KiB } from "../magnitudes.ts";
import { placeOverlay, type OverlaySource } from "./overlay-placement.ts";
import type { OutputPlan, RenderPlan } from "./render-plan.ts";
import { formats, outputFormats, type OutputFormat } from "../image/formats.ts";

/**
 * The most that a render holds at once, in bytes. What codecs leave in JavaScript can be collected when
 * room is wanted, so decoding and making outputs each need their own alone; linear memory stays.
 */
export interface PeakMemory {
  readonly wasm: number;
  /** Linear memory and JavaScript together. */
  readonly total: number;
}

export function peakMemory(
  info: ImageInfo,
  plan: Omit<RenderPlan, "peakWasmBytes" | "computeUnits">,
  sourceBytes: number,
): PeakMemory {
  const { shrink, inPlace, outputs, frames, overlay } = plan;
  const planes = planesBytes(info, plan, sourceBytes);
  const decoder =
    planes === undefined
      ? formats[info.format].source.memory(info, shrink, sourceBytes)
      : // When its scans are read, a progressive picture's file is in memory no more.
        { wasm: planes, heap: 0, reusable: info.progressive ? sourceBytes : 0 };
  const decoded = planes === undefined ? 4 * pixelsOf(decodedSize(info, shrink)) : 0;
  const needs = outputs.map((output) => outputNeeds(info, output, plan));
  // Outputs are made in turn in the same place, but an encoder keeps its memory to the last.
  const largest = Math.max(...needs.map(({ workspace }) => workspace)) - (inPlace ? decoded : 0);
  const left = Math.max(0, largest - decoder.reusable);
  const pixels = planes === undefined && left > 0 ? largest : left;
  const encoders = separateEncoders.reduce((sum, format) => {
    const own = needs.filter((need) => need.format === format);
    return sum + Math.max(0, ...own.map(({ encoder }) => encoder.wasm));
  }, 0);
  const files = Math.max(...needs.map(({ encoder }) => encoder.heap));
  const animated =
    frames > 1 ? animationMemory(info, outputs, decoder, sourceBytes) : { wasm: 0, heap: 0 };
  const wasm = decoder.wasm + decoded + pixels + encoders + animated.wasm;
  // The overlay was decoded before, by codecs of its own: its file and its pixels stay.
  const held = overlay ? overlay.bytes + 4 * pixelsOf(overlay.info) : 0;
  const total =
    held + Math.max(decoder.wasm + decoded + decoder.heap, wasm + files + animated.heap);
  return { wasm, total };
}

/**
 * An animation's frames are decoded between one encode and the next: in addition to the canvas there is a frame, the
 * pixels that it covered, its own file, and every frame that has been encoded, twice when they are joined.
 */
function animationMemory(
  info: ImageInfo,
  outputs: readonly OutputPlan[],
  decoder: CodecMemory,
  sourceBytes: number,
): CodecMemory {
  const canvas = 4 * pixelsOf(info);
  // No frame is encoded larger than its pixels are.
  const pixels = outputs.reduce((sum, { geometry, frames }) => {
    return sum + (frames > 1 ? 4 * frames * pixelsOf(geometry.canvas) : 0);
  }, 0);
  const files = Math.min(pixels, limits.animationBytesMax);
  return { wasm: canvas, heap: canvas + decoder.heap + sourceBytes + 2 * files };
}

/** Planes with what their decoder holds, where that is what it gives. */
function planesBytes(
  info: ImageInfo,
  { shrink, samples, rowsAtOnce, outputs }: Omit<RenderPlan, "peakWasmBytes" | "computeUnits">,
  sourceBytes: number,
): number | undefined {
  if (samples === "pixels") return undefined;
  const { planesMemory } = formats[info.format].source;
  const own = planesMemory?.(info, { shrink, rowsAtOnce }, sourceBytes);
  // Of each plane's filter: for either axis the weights that look at a sample, and a line.
  const sampling = 3 * (14 * info.width + 12 * info.height);
  // A border is looked for in pixels.
  const looked = outputs.some(({ transform }) => transform.trim?.by === "border");
  return own && own + sampling / shrink + (looked ? 4 * pixelsOf(info) : 0);
}

export function decodedSize({ width, height }: Size, shrink: number): Size {
  return { width: Math.ceil(width / shrink), height: Math.ceil(height / shrink) };
}

const separateEncoders = outputFormats.filter((format) => formats[format].output.hasOwnMemory);

interface OutputNeeds {
  readonly format: OutputFormat;
  readonly workspace: number;
  readonly encoder: CodecMemory;
}

/** The picture, the canvas where that is another one, and the step between them that needs the most memory. */
function outputNeeds(
  info: ImageInfo,
  output: OutputPlan,
  { shrink, overlay }: Pick<RenderPlan, "shrink" | "overlay">,
): OutputNeeds {
  const { transform, geometry, resize } = output;
  const { canvas, scaled } = geometry;
  const { format } = transform;
  const encoder = formats[format].output.memory(encodedPicture(info, output));
  const isOnCanvas = canvas.width !== scaled.width || canvas.height !== scaled.height;
  const from = { width: resize.from.width / shrink, height: resize.from.height / shrink };
  const steps = [
    resizeBytes(from, resize.to),
    ...effectCosts.map(({ isWanted, bytes }) => (isWanted(transform) ? bytes(scaled) : 0)),
    formats[format].output.hasOwnMemory ? 0 : encoder.wasm,
    overlayBytes(output, overlay),
  ];
  const pictures = 4 * pixelsOf(scaled) + (isOnCanvas ? 4 * pixelsOf(canvas) : 0);
  return { format, encoder, workspace: pictures + Math.max(...steps) + heapBytes };
}

/** The overlay as it was decoded and as it is drawn, and what its resize takes. */
function overlayBytes({ transform, geometry }: OutputPlan, overlay?: OverlaySource): number {
  if (!overlay || !transform.overlay) return 0;
  const placed = placeOverlay(geometry.canvas, overlay, transform.overlay, transform);
  const { crop, scaled } = placed;
  return 4 * (pixelsOf(overlay.info) + pixelsOf(scaled)) + resizeBytes(crop, scaled);
}

function encodedPicture(
  info: ImageInfo,
  { transform, geometry, quality, frames }: OutputPlan,
): EncodedPicture {
  // Between the frames of an animation anything may be clear.
  const isClear = (info.hasAlpha || frames > 1) && transform.background?.a !== 255;
  const hasAlpha = transform["border-radius"] !== undefined || isClear;
  return { ...geometry.canvas, hasAlpha, lossless: quality === 100 };
}

/** Rounding of blocks and pages, tables of tones. */
const heapBytes = 192 * KiB;

/** Weights, a ring of rows as long as the filter reaches, and two rows of the source and their cells. */
function resizeBytes(from: Size, to: Size): number {
  const [columnTaps, rowTaps] = [tapsOf(from.width, to.width), tapsOf(from.height, to.height)];
  return to.width * (16 + 2 * columnTaps + 8 * rowTaps) + to.height * 2 * rowTaps + 24 * from.width;
}

/** Lanczos over three lobes, on cells so large that the scale stays below 4; Catmull-Rom over two pixels. */
function tapsOf(from: number, to: number): number {
  const scale = from / to;
  return scale < 1 ? 6 : Math.floor(6 * Math.min(scale, 4)) + 3;
}
