import type { ImageInfo } from "../image/image-info.ts";
import type { DecodableFormat, OutputPlan, Size } from "./plan.ts";
import type { OutputFormat } from "./transform.ts";

/**
 * Upper bound in bytes of the memory that one codec instance grows to while it makes `outputs`. The
 * stages follow each other, so the largest decides.
 *
 * The figures were measured on photon 0.4.0 from 0.1 to 6 megapixels and rounded up; a test holds
 * them against the instance's real growth.
 */
export function peakWasmBytes(
  info: ImageInfo,
  format: DecodableFormat,
  sourceBytes: number,
  outputs: readonly OutputPlan[],
): number {
  const decode =
    decodeBytesPerPixel[format](info) * pixelsOf(info) + sourceCopies[format] * sourceBytes;
  const stages = [decode, ...outputs.map(resizeBytes), ...outputs.map(encodeBytes)];
  return Math.ceil(instanceBytes + Math.max(...stages));
}

/** Code, tables and what the allocator leaves unused between large blocks. */
const instanceBytes = 3_500_000;

/** The codec's own planes, then RGB or RGBA, then the copy that is taken out. */
const decodeBytesPerPixel: Record<DecodableFormat, (info: ImageInfo) => number> = {
  // A progressive picture keeps a 16-bit coefficient for every sample until its last scan.
  jpeg: ({ progressive, colour }) => (!progressive ? 13.4 : colour === "cmyk" ? 19.5 : 15.5),
  png: ({ bitDepth }) => (bitDepth === 16 ? 17 : 13),
  webp: () => 15.5,
  gif: () => 13.5,
};

/** How often the file itself is held: the WebP decoder copies its chunk out of the container. */
const sourceCopies: Record<DecodableFormat, number> = { jpeg: 1, png: 1, webp: 2, gif: 1 };

/** Two copies of the source area, floats resized along one axis only, and the result. */
function resizeBytes({ resize: { from, to } }: OutputPlan): number {
  if (from.width === to.width && from.height === to.height) return 0;
  return 8 * pixelsOf(from) + 16 * from.width * to.height + 4.5 * pixelsOf(to);
}

/**
 * Two copies of the pixels, the encoder's planes, and output that doubles as it grows. Of pure noise
 * it grows a third beyond these figures, which is left to what an isolate has over the budget.
 */
const encodeBytesPerPixel: Record<OutputFormat, (quality: number) => number> = {
  jpeg: (quality) => (quality > 95 ? 16 : 13),
  png: () => 25,
  webp: () => 20,
};

const encodeBytes = ({ transform, quality, geometry: { canvas } }: OutputPlan) =>
  encodeBytesPerPixel[transform.format](quality) * pixelsOf(canvas);

const pixelsOf = ({ width, height }: Size) => width * height;
