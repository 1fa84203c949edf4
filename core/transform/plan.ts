import { uprightSize, type ImageInfo, type SourceFormat } from "../image/image-info.ts";
import type { Refusal } from "../image/refusal.ts";
import { limits } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import { computeUnits } from "./compute-units.ts";
import { layOut, type Geometry } from "./geometry.ts";
import type { OutputFormat, RenderTransform } from "./transform.ts";

/** Everything a render will do, known before a pixel is decoded. */
export interface RenderPlan {
  /** What decodes the source. */
  readonly format: DecodableFormat;
  readonly outputs: readonly OutputPlan[];
  /** Upper bound of the codec's memory in bytes. */
  readonly peakWasmBytes: number;
  readonly computeUnits: number;
}

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
  if (!isDecodable(format))
    return err({ reason: "unsupported_format", detected: "an AVIF picture" });

  const outputs = transforms.map((transform) => planOutput(info, transform));
  const tooLarge = outputs.find(({ geometry }) => isTooLarge(geometry.canvas));
  if (tooLarge) return err({ reason: "output_too_large", ...tooLarge.geometry.canvas });

  const peakWasmBytes =
    instanceBytes +
    Math.max(
      decodeBytes(info, format, sourceBytes),
      ...outputs.map(resizeBytes),
      ...outputs.map(encodeBytes),
    );
  // The decoded source stands in the same isolate until the last output is made.
  const bytes = peakWasmBytes + 4 * pixelsOf(info);
  const bytesMax = limits.wasmBytesMax;
  if (bytes > bytesMax) return err({ reason: "over_memory_plan", bytes, bytesMax });

  return ok({ format, outputs, peakWasmBytes, computeUnits: computeUnits(info, format, outputs) });
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

// ── Memory ────────────────────────────────────────────────────────────────────────────────────
// Measured on photon 0.4.0 from 0.1 to 6 MP, noise included, and rounded up; a test holds each
// figure against the instance's real growth.

export type DecodableFormat = Exclude<SourceFormat, "avif">;

/** Code, tables and what the allocator leaves unused between large blocks. */
const instanceBytes = 3_500_000;

/** Per pixel: the codec's own planes, then RGB or RGBA, then the copy that is taken out. */
const decodeBytesPerPixel: Record<DecodableFormat, (info: ImageInfo) => number> = {
  // A progressive picture keeps a 16-bit coefficient for every sample until its last scan.
  jpeg: ({ progressive, colour }) => (!progressive ? 13.4 : colour === "cmyk" ? 19.5 : 15.5),
  png: ({ bitDepth }) => (bitDepth === 16 ? 17 : 13),
  webp: () => 15.5,
  gif: () => 13.5,
};

/** How often the file itself is held: the WebP decoder copies its chunk out of the container. */
const sourceCopies: Record<DecodableFormat, number> = { jpeg: 1, png: 1, webp: 2, gif: 1 };

const isDecodable = (format: SourceFormat): format is DecodableFormat => format in sourceCopies;

const decodeBytes = (info: ImageInfo, format: DecodableFormat, sourceBytes: number) =>
  decodeBytesPerPixel[format](info) * pixelsOf(info) + sourceCopies[format] * sourceBytes;

/** Two copies of the source area, a float plane resized along one axis only, and the result. */
function resizeBytes({ resize: { from, to } }: OutputPlan): number {
  if (from.width === to.width && from.height === to.height) return 0;
  return 8 * pixelsOf(from) + 16 * from.width * to.height + 4.5 * pixelsOf(to);
}

/**
 * Per pixel: two copies of the pixels, the encoder's planes, and output that doubles as it grows. Of
 * noise it grows so large that a third more is needed, which is left to the isolate's reserve.
 */
const encodeBytesPerPixel: Record<OutputFormat, (quality: number) => number> = {
  jpeg: (quality) => (quality > 95 ? 16 : 13),
  png: () => 25,
  webp: () => 20,
};

const encodeBytes = ({ transform, quality, geometry: { canvas } }: OutputPlan) =>
  encodeBytesPerPixel[transform.format](quality) * pixelsOf(canvas);
