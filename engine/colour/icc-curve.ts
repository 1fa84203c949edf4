import { fixedAt, signatureAt } from "./icc-profile.ts";

/** From 0..1 to about 0..1. A strange profile's curve may give what is not finite. */
export type Curve = (value: number) => number;

/** A curve of any kind that the standard knows (ICC.1:2022, 10.6 and 10.18). */
export function readCurve(view: DataView | undefined): Curve | undefined {
  return view && parseCurve(view)?.curve;
}

/** That many curves, one after the other, each on a four-byte boundary. */
export function readCurves(view: DataView, count: number): readonly Curve[] | undefined {
  const curves: Curve[] = [];
  let at = 0;
  while (curves.length < count) {
    const parsed = parseCurve(rest(view, at));
    if (!parsed) return undefined;
    curves.push(parsed.curve);
    at += Math.ceil(parsed.bytes / 4) * 4;
  }
  return curves;
}

/** What `view` holds from `at` on, or nothing of it. */
export function rest(view: DataView, at: number): DataView {
  const start = Math.min(at, view.byteLength);
  return new DataView(view.buffer, view.byteOffset + start, view.byteLength - start);
}

/** A table's entry, of 0..1. */
export type Samples = (index: number) => number;

export function samplesAt(view: DataView, at: number, bytes: number): Samples {
  return bytes === 1
    ? (index) => view.getUint8(at + index) / 255
    : (index) => view.getUint16(at + index * 2) / 65_535;
}

/** Straight lines between `count` samples, two at least. */
export function sampledCurve(samples: Samples, count: number): Curve {
  return (value) => {
    const position = unit(value) * (count - 1);
    const below = Math.min(Math.floor(position), count - 2);
    const low = samples(below);
    return low + (samples(below + 1) - low) * (position - below);
  };
}

/** Clamped to 0..1. */
export function unit(value: number): number {
  return value > 0 ? Math.min(value, 1) : 0;
}

interface ParsedCurve {
  readonly curve: Curve;
  readonly bytes: number;
}

function parseCurve(view: DataView): ParsedCurve | undefined {
  if (view.byteLength < 12) return undefined;
  const type = signatureAt(view, 0);
  return type === "curv" ? parseSampled(view) : type === "para" ? parseParametric(view) : undefined;
}

/** `curv`: no entry is the identity, one a gamma, more a table to interpolate in. */
function parseSampled(view: DataView): ParsedCurve | undefined {
  const count = view.getUint32(8);
  const bytes = 12 + count * 2;
  if (view.byteLength < bytes) return undefined;
  if (count === 0) return { curve: (value) => value, bytes };
  if (count > 1) return { curve: sampledCurve(samplesAt(view, 12, 2), count), bytes };
  const gamma = view.getUint16(12) / 256;
  return { curve: (value) => value ** gamma, bytes };
}

/** `para`: five forms of a power with a linear foot. */
function parseParametric(view: DataView): ParsedCurve | undefined {
  const form = view.getUint16(8);
  const count = [1, 3, 4, 5, 7][form];
  if (count === undefined || view.byteLength < 12 + count * 4) return undefined;
  const values = Array.from({ length: count }, (_, index) => fixedAt(view, 12 + index * 4));
  return { curve: parametricCurve(form, values), bytes: 12 + count * 4 };
}

function parametricCurve(form: number, values: readonly number[]): Curve {
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = values;
  if (form === 1) return (value) => (value >= -b / a ? (a * value + b) ** g : 0);
  if (form === 2) return (value) => (value >= -b / a ? (a * value + b) ** g : 0) + c;
  // A plain power is one whose foot has no length.
  return (value) => (value >= d ? (a * value + b) ** g + e : c * value + f);
}
