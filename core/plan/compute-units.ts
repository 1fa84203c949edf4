import { formats } from "../image/formats.ts";
import type { ImageInfo } from "../image/image-info.ts";
import { effectCosts } from "./effect-costs.ts";
import { pixelsOf, type Size } from "../image/size.ts";
import { placeOverlay, type OverlaySource } from "./overlay-placement.ts";
import type { OutputPlan, RenderPlan } from "./render-plan.ts";

/** What a render is known by before it begins; `sourceBytes` is the length of the file. */
export interface RenderFacts {
  readonly info: ImageInfo;
  readonly sourceBytes: number;
  /** The whole factor by which the decoder makes the picture smaller. */
  readonly shrink: number;
  /** What the decoder gives. */
  readonly samples: RenderPlan["samples"];
  readonly outputs: readonly OutputPlan[];
  /** That are composed: 1 for still pictures. */
  readonly frames: number;
  readonly overlay?: OverlaySource | undefined;
}

/**
 * Which prices these are. Raise it with every change to them or to what is counted: a usage event says by
 * which version it was priced, and keeps its price.
 */
export const unitsVersion = 3;

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

export function costs(facts: RenderFacts): readonly Cost[] {
  const { info, sourceBytes, shrink, samples, outputs, frames } = facts;
  const { kindOf, nanos } = formats[info.format].source;
  const kind = kindOf(info, shrink);
  const price = nanos[kind];
  if (price === undefined) throw new Error(`The record of ${info.format} has no price for ${kind}`);
  return [
    cost("render", 1, 190_000),
    cost(`source byte of ${kind}`, sourceBytes, price.byte),
    cost(`source pixel of ${kind}`, pixelsOf(info), price.pixel),
    samples === "planes"
      ? cost("decoded sample", samplesOf(info, info, shrink), 0.9)
      : cost("decoded pixel", pixelsOf(info) / shrink ** 2, 1),
    cost("further frame", frames - 1, 150_000),
    cost(`pixel of a further frame of ${kind}`, (frames - 1) * pixelsOf(info), price.pixel + 6),
    ...outputs.flatMap((output) => [...resizeCosts(facts, output), ...outputCosts(output)]),
    ...overlayCosts(facts),
  ];
}

/** Reading the overlay, and drawing it on each output. */
function overlayCosts({ overlay, outputs }: RenderFacts): readonly Cost[] {
  if (!overlay) return [];
  const { info, bytes } = overlay;
  const { kindOf, nanos } = formats[info.format].source;
  const kind = kindOf(info, 1);
  const price = nanos[kind];
  if (price === undefined) throw new Error(`The record of ${info.format} has no price for ${kind}`);
  return [
    // Its codecs are its own, and new.
    cost("overlay", 1, 250_000),
    cost(`overlay byte of ${kind}`, bytes, 2 * price.byte),
    cost(`overlay pixel of ${kind}`, pixelsOf(info), price.pixel + 2),
    ...outputs.flatMap(({ transform, geometry, frames }) => {
      if (!transform.overlay) return [];
      const { scaled, area } = placeOverlay(geometry.canvas, overlay, transform.overlay, transform);
      return [
        cost("pixel of an overlay resized", frames * pixelsOf(scaled), 2),
        cost("pixel drawn on", frames * pixelsOf(area), 2),
      ];
    }),
  ];
}

/** Samples of all planes in a part of the source. */
const samplesOf = (info: ImageInfo, part: Size, shrink: number): number =>
  (pixelsOf(part) * Math.max(1, info.samplesPerPixel)) / shrink ** 2;

function resizeCosts({ info, shrink, samples }: RenderFacts, output: OutputPlan): readonly Cost[] {
  const {
    frames,
    resize: { from, to },
  } = output;
  if (samples === "planes") {
    return [
      cost("sample read to resize", samplesOf(info, from, shrink), 0.2),
      cost("pixel resized in planes", pixelsOf(to), 5),
      cost("pixel made of planes", isPlain(output) ? 0 : pixelsOf(to), 4),
    ];
  }
  return [
    cost("pixel read to resize", (frames * pixelsOf(from)) / shrink ** 2, 2),
    cost("pixel resized", frames * pixelsOf(to), 2),
  ];
}

/**
 * Whether a JPEG stays planes from decoder to encoder, as far as the price is concerned: it does not depend
 * on how a picture is turned.
 */
function isPlain({ transform, geometry }: OutputPlan): boolean {
  const { format, bytesMax, overlay } = transform;
  return (
    format === "jpeg" &&
    bytesMax === undefined &&
    overlay === undefined &&
    !effectCosts.some(({ isWanted }) => isWanted(transform)) &&
    pixelsOf(geometry.canvas) === pixelsOf(geometry.scaled)
  );
}

/** Finding the quality for `max_bytes` takes up to seven encodes; this is about the average. */
const encodesWithin = 4;

function outputCosts({ transform, geometry, frames, resize: { to } }: OutputPlan): readonly Cost[] {
  const { format, bytesMax } = transform;
  const { file, pixel } = formats[format].output.nanos;
  const encodes = frames * (bytesMax === undefined ? 1 : encodesWithin);
  return [
    ...effectCosts.map(({ operation, isWanted, nanosEach }) =>
      cost(operation, isWanted(transform) ? frames * pixelsOf(to) : 0, nanosEach),
    ),
    cost(`${format} file`, encodes, file),
    cost(`${format} pixel`, encodes * pixelsOf(geometry.canvas), pixel),
  ];
}

const cost = (operation: string, quantity: number, nanosEach: number): Cost => ({
  operation,
  quantity,
  nanosEach,
});
