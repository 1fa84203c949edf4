import { uprightSize, type ImageInfo, type SourceFormat } from "../image/image-info.ts";
import type { Refusal } from "../image/refusal.ts";
import { limits } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import { peakWasmBytes } from "./codec-memory.ts";
import { computeUnits } from "./compute-units.ts";
import { layOut, type Geometry } from "./geometry.ts";
import type { RenderTransform } from "./transform.ts";

/** Everything a render will do, known before a pixel is decoded. */
export interface RenderPlan {
  /** What decodes the source. */
  readonly format: DecodableFormat;
  readonly outputs: readonly OutputPlan[];
  /** Upper bound of the codec's memory in bytes. */
  readonly peakWasmBytes: number;
  readonly computeUnits: number;
}

/** The formats that the engine has a decoder for. */
export type DecodableFormat = Exclude<SourceFormat, "avif">;

export interface OutputPlan {
  readonly transform: RenderTransform;
  readonly geometry: Geometry;
  /** The whole source after orientation, `flip` and `rotate`: what `geometry.crop` lies in. */
  readonly turnedSize: Size;
  /** 1–100; only JPEG listens to it. */
  readonly quality: number;
  /**
   * The resize along the axes of the source as it is stored: turning the small result costs less
   * than turning the source.
   */
  readonly resize: { readonly from: Size; readonly to: Size };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Pure: the same header and transforms give the same plan, so what the door lets in the engine
 * renders, and a bill can be recomputed. `sourceBytes` is the length of the file, which the decoder
 * holds beside the pixels; a caller who does not know it may pass what the engine will refuse.
 */
export function planRender(
  info: ImageInfo,
  transforms: readonly RenderTransform[],
  sourceBytes = 0,
): Result<RenderPlan, Refusal> {
  const { format } = info;
  if (format === "avif") {
    return err({ reason: "unsupported_format", detected: "an AVIF picture" });
  }

  const outputs = transforms.map((transform) => planOutput(info, transform));
  const tooLarge = outputs.find(({ geometry }) => isTooLarge(geometry.canvas));
  if (tooLarge) return err({ reason: "output_too_large", ...tooLarge.geometry.canvas });

  const bytes = peakWasmBytes(info, format, sourceBytes, outputs);
  const bytesMax = limits.wasmBytesMax;
  if (bytes > bytesMax) return err({ reason: "over_memory_plan", bytes, bytesMax });

  const units = computeUnits(info, format, outputs);
  return ok({ format, outputs, peakWasmBytes: bytes, computeUnits: units });
}

function planOutput(info: ImageInfo, transform: RenderTransform): OutputPlan {
  const upright = uprightSize(info);
  const isTurned = transform.rotate === 90 || transform.rotate === 270;
  const turnedSize = isTurned ? swapped(upright) : upright;
  const geometry = layOut(turnedSize, transform);
  const isStoredTurned = isTurned !== info.orientation >= 5;
  return {
    transform,
    geometry,
    turnedSize,
    quality: transform.quality ?? qualityDefault,
    resize: {
      from: isStoredTurned ? swapped(geometry.crop) : sizeOf(geometry.crop),
      to: isStoredTurned ? swapped(geometry.scaled) : geometry.scaled,
    },
  };
}

/** Cloudflare's own default. */
const qualityDefault = 85;

const isTooLarge = (canvas: Size) =>
  Math.max(canvas.width, canvas.height) > limits.outputSideMax ||
  pixelsOf(canvas) > limits.outputPixelsMax;

const sizeOf = ({ width, height }: Size): Size => ({ width, height });
const swapped = ({ width, height }: Size): Size => ({ width: height, height: width });
const pixelsOf = ({ width, height }: Size) => width * height;
