import type { ImageInfo, SourceFormat } from "../image/image-info.ts";
import { pixelsOf } from "./geometry.ts";
import type { OutputPlan } from "./plan.ts";
import type { OutputFormat } from "../transform/transform.ts";

/** What a render is known by before it begins; `sourceBytes` is the length of the file. */
export interface RenderFacts {
  readonly info: ImageInfo;
  readonly sourceBytes: number;
  /** The whole factor by which the decoder makes the picture smaller. */
  readonly shrink: number;
  readonly outputs: readonly OutputPlan[];
}

/**
 * What a render is billed: an integer from 1, where one unit is about a millisecond of CPU on the
 * reference machine. Decided by sizes and formats alone, so that equal work costs the same wherever
 * and however often it runs.
 */
export function computeUnits(facts: RenderFacts): number {
  const nanos = costs(facts).reduce(
    (sum, [operation, quantity]) => sum + quantity * prices[operation],
    0,
  );
  return Math.max(1, Math.round(nanos / 1e6));
}

export type Operation =
  | "render"
  | `source byte of ${SourceKind}`
  | `source pixel of ${SourceKind}`
  | "decoded pixel"
  | "pixel read to resize"
  | "pixel resized"
  | "pixel blurred"
  | "pixel sharpened"
  | `${OutputFormat} file`
  | `${OutputFormat} pixel`;

/** A progressive JPEG at an eighth of its size passes over most of its scans. */
type SourceKind = SourceFormat | "progressive" | "progressive at an eighth";

/** Each operation with how much there is of it. */
export function costs({
  info,
  sourceBytes,
  shrink,
  outputs,
}: RenderFacts): (readonly [Operation, number])[] {
  const kind = kindOf(info, shrink);
  return [
    ["render", 1],
    [`source byte of ${kind}`, sourceBytes],
    [`source pixel of ${kind}`, pixelsOf(info)],
    ["decoded pixel", pixelsOf(info) / shrink ** 2],
    ...outputs.flatMap((output) => outputCosts(output, shrink)),
  ];
}

function kindOf({ format, progressive }: ImageInfo, shrink: number): SourceKind {
  if (format !== "jpeg" || !progressive) return format;
  return shrink === 8 ? "progressive at an eighth" : "progressive";
}

/** Finding the quality for `max_bytes` takes up to seven encodes; on average it takes about so many. */
const encodesWithin = 4;

function outputCosts(
  { transform, geometry, resize: { from, to } }: OutputPlan,
  shrink: number,
): (readonly [Operation, number])[] {
  const { blur, sharpen, format, bytesMax } = transform;
  const encodes = bytesMax === undefined ? 1 : encodesWithin;
  return [
    ["pixel read to resize", pixelsOf(from) / shrink ** 2],
    ["pixel resized", pixelsOf(to)],
    ["pixel blurred", blur > 0 ? pixelsOf(to) : 0],
    ["pixel sharpened", sharpen > 0 ? pixelsOf(to) : 0],
    [`${format} file`, encodes],
    [`${format} pixel`, encodes * pixelsOf(geometry.canvas)],
  ];
}

/** Nanoseconds each on the reference machine; `npm run calibrate` prints how far they are off. */
export const prices: Record<Operation, number> = {
  render: 190_000,
  // Entropy decoding goes with the bytes that there are, reconstruction with the pixels.
  "source byte of jpeg": 8.4,
  "source byte of progressive": 45,
  "source byte of progressive at an eighth": 7.7,
  "source byte of png": 4.7,
  "source byte of webp": 0.6,
  "source byte of gif": 0.3,
  "source byte of avif": 116,
  "source pixel of jpeg": 0,
  "source pixel of progressive": 0,
  "source pixel of progressive at an eighth": 0,
  "source pixel of png": 0,
  "source pixel of webp": 20.6,
  "source pixel of gif": 6.7,
  "source pixel of avif": 121,
  "decoded pixel": 2.1,
  "pixel read to resize": 1.3,
  "pixel resized": 2.5,
  "pixel blurred": 11.2,
  "pixel sharpened": 8.6,
  "jpeg file": 0,
  "png file": 0,
  "webp file": 1_600_000,
  "avif file": 13_200_000,
  "json file": 0,
  "jpeg pixel": 3,
  "png pixel": 53,
  "webp pixel": 107,
  "avif pixel": 15,
  "json pixel": 1,
};
