import type { ImageInfo } from "../image/image-info.ts";
import type { DecodableFormat, OutputPlan, Size } from "./plan.ts";
import type { OutputFormat } from "./transform.ts";

/**
 * Upper bound in bytes of the memory that one codec instance grows to while it makes `outputs`, one
 * after the other. WASM memory never shrinks, so what one stage took the next ones have.
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
  const pixels = decodeBytesPerPixel[format](info) * pixelsOf(info);
  const decoded = pixels + sourceCopies[format] * sourceBytes;
  // Rounded up means that a fifth of it may not be there for the stages that follow.
  const unsure = decoded / 5;
  const held = outputs
    .flatMap((output) => [resizeBlocks(output), encodeBlocks(output)])
    .reduce((bytes, blocks) => grown(bytes - unsure, blocks) + unsure, decoded);
  return Math.ceil(instanceBytes + held);
}

/** What `held` bytes grow to: for a block that does not fit, the allocator asks for all of it anew. */
function grown(held: number, blocks: readonly number[]): number {
  let used = 0;
  for (const block of blocks) {
    used += block;
    if (used > held) held += block;
  }
  return held;
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
function resizeBlocks({ resize: { from, to } }: OutputPlan): readonly number[] {
  if (from.width === to.width && from.height === to.height) return [];
  const copy = 4 * pixelsOf(from);
  return [copy, copy, 16 * from.width * to.height, 4 * pixelsOf(to)];
}

/** Two copies of the pixels, then the encoder's planes and output. */
function encodeBlocks({ transform, quality, geometry: { canvas } }: OutputPlan): readonly number[] {
  const copy = 4 * pixelsOf(canvas);
  return [copy, copy, encoderBytesPerPixel[transform.format](quality) * pixelsOf(canvas)];
}

/**
 * Output doubles its room as it grows. Of pure noise it grows beyond these figures, by a third of the
 * whole, which is left to what an isolate has over the budget.
 */
const encoderBytesPerPixel: Record<OutputFormat, (quality: number) => number> = {
  jpeg: (quality) => (quality > 95 ? 8 : 5),
  png: () => 17,
  webp: () => 12,
};

const pixelsOf = ({ width, height }: Size) => width * height;
