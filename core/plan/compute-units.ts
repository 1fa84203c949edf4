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

/** Nanoseconds on the reference machine, in addition to the prices of formats and of effects. */
export const operationNanos = {
  render: 190_000,
  "decoded sample": 0.9,
  "decoded pixel": 1,
  "further frame": 150_000,
  "pixel of a further frame": 6,
  "sample read to resize": 0.2,
  "pixel resized in planes": 5,
  "pixel made of planes": 4,
  "pixel read to resize": 2,
  "pixel resized": 2,
  overlay: 250_000,
  "overlay pixel": 2,
  "pixel of an overlay resized": 2,
  "pixel drawn on": 2,
} as const;

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
    work("render", 1),
    cost(`source byte of ${kind}`, sourceBytes, price.byte),
    cost(`source pixel of ${kind}`, pixelsOf(info), price.pixel),
    samples === "planes"
      ? work("decoded sample", samplesOf(info, info, shrink))
      : work("decoded pixel", pixelsOf(info) / shrink ** 2),
    work("further frame", frames - 1),
    cost(
      `pixel of a further frame of ${kind}`,
      (frames - 1) * pixelsOf(info),
      price.pixel + operationNanos["pixel of a further frame"],
    ),
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
    work("overlay", 1),
    cost(`overlay byte of ${kind}`, bytes, 2 * price.byte),
    cost(`overlay pixel of ${kind}`, pixelsOf(info), price.pixel + operationNanos["overlay pixel"]),
    ...outputs.flatMap(({ transform, geometry, frames }) => {
      if (!transform.overlay) return [];
      const { scaled, area } = placeOverlay(geometry.canvas, overlay, transform.overlay, transform);
      return [
        work("pixel of an overlay resized", frames * pixelsOf(scaled)),
        work("pixel drawn on", frames * pixelsOf(area)),
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
      work("sample read to resize", samplesOf(info, from, shrink)),
      work("pixel resized in planes", pixelsOf(to)),
      work("pixel made of planes", isPlain(output) ? 0 : pixelsOf(to)),
    ];
  }
  return [
    work("pixel read to resize", (frames * pixelsOf(from)) / shrink ** 2),
    work("pixel resized", frames * pixelsOf(to)),
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

/** Finding the quality for `max_bytes` takes up to eight encodes; this is about the average. */
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

const work = (operation: keyof typeof operationNanos, quantity: number): Cost =>
  cost(operation, quantity, operationNanos[operation]);

const cost = (operation: string, quantity: number, nanosEach: number): Cost => ({
  operation,
  quantity,
  nanosEach,
});
