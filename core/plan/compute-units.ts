import { formats } from "../image/formats.ts";
import type { ImageInfo } from "../image/image-info.ts";
import { pixelsOf } from "../image/size.ts";
import type { OutputPlan } from "./render-plan.ts";

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
    (sum, { quantity, nanosEach }) => sum + quantity * nanosEach,
    0,
  );
  return Math.max(1, Math.round(nanos / 1e6));
}

/** An operation and how much there is of it. `npm run calibrate` prints how far its price is off. */
export interface Cost {
  readonly operation: string;
  readonly quantity: number;
  /** On the reference machine. */
  readonly nanosEach: number;
}

export function costs({ info, sourceBytes, shrink, outputs }: RenderFacts): readonly Cost[] {
  const { kindOf, nanos } = formats[info.format].source;
  const kind = kindOf(info, shrink);
  const price = nanos[kind];
  if (price === undefined) throw new Error(`The record of ${info.format} has no price for ${kind}`);
  return [
    cost("render", 1, 190_000),
    cost(`source byte of ${kind}`, sourceBytes, price.byte),
    cost(`source pixel of ${kind}`, pixelsOf(info), price.pixel),
    cost("decoded pixel", pixelsOf(info) / shrink ** 2, 2.1),
    ...outputs.flatMap((output) => outputCosts(output, shrink)),
  ];
}

/** Finding the quality for `max_bytes` takes up to seven encodes; this is about the average. */
const encodesWithin = 4;

function outputCosts(
  { transform, geometry, resize: { from, to } }: OutputPlan,
  shrink: number,
): readonly Cost[] {
  const { blur, sharpen, format, bytesMax } = transform;
  const { file, pixel } = formats[format].output.nanos;
  const encodes = bytesMax === undefined ? 1 : encodesWithin;
  return [
    cost("pixel read to resize", pixelsOf(from) / shrink ** 2, 1.3),
    cost("pixel resized", pixelsOf(to), 2.5),
    cost("pixel blurred", blur > 0 ? pixelsOf(to) : 0, 11.2),
    cost("pixel sharpened", sharpen > 0 ? pixelsOf(to) : 0, 8.6),
    cost(`${format} file`, encodes, file),
    cost(`${format} pixel`, encodes * pixelsOf(geometry.canvas), pixel),
  ];
}

const cost = (operation: string, quantity: number, nanosEach: number): Cost => ({
  operation,
  quantity,
  nanosEach,
});
