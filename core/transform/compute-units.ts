import type { ImageInfo } from "../image/image-info.ts";
import type { DecodableFormat, OutputPlan, Size } from "./plan.ts";
import type { OutputFormat } from "./transform.ts";

/**
 * What a render is billed: an integer from 1, where one unit is about a millisecond of CPU on the
 * reference machine. Decided by sizes and formats alone, so that equal work costs the same wherever
 * and however often it runs.
 */
export function computeUnits(
  info: ImageInfo,
  format: DecodableFormat,
  outputs: readonly OutputPlan[],
): number {
  const decode = nanosPerPixel.decode[format](info) * pixelsOf(info);
  const nanos = outputs.reduce((sum, output) => sum + outputNanos(output), decode);
  return Math.max(1, Math.round(nanos / 1e6));
}

/** Medians on the reference machine with photon 0.4.0, whole numbers so that sums are exact. */
const nanosPerPixel = {
  decode: {
    jpeg: ({ progressive }) => (progressive ? 22 : 14),
    png: ({ bitDepth }) => (bitDepth === 16 ? 14 : 11),
    webp: () => 36,
    gif: () => 10,
  } satisfies Record<DecodableFormat, (info: ImageInfo) => number>,
  /** For each pixel that one pass of the separable filter reads or writes, whichever is more. */
  resample: 24,
  blur: 115,
  sharpen: 72,
  /** Turning, laying on the canvas, alpha. */
  place: 6,
  encode: { jpeg: 29, png: 31, webp: 12 } satisfies Record<OutputFormat, number>,
};

function outputNanos({ transform, geometry, resize: { from, to } }: OutputPlan): number {
  const isResized = from.width !== to.width || from.height !== to.height;
  const vertical = from.width * Math.max(from.height, to.height);
  const horizontal = to.height * Math.max(from.width, to.width);
  const effects =
    (transform.blur > 0 ? nanosPerPixel.blur : 0) +
    (transform.sharpen > 0 ? nanosPerPixel.sharpen : 0);
  const finish = nanosPerPixel.place + nanosPerPixel.encode[transform.format];
  return (
    (isResized ? nanosPerPixel.resample * (vertical + horizontal) : 0) +
    effects * pixelsOf(to) +
    finish * pixelsOf(geometry.canvas)
  );
}

const pixelsOf = ({ width, height }: Size) => width * height;
