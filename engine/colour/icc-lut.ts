import { readCurves, rest, sampledCurve, samplesAt, unit } from "./icc-curve.ts";
import type { Curve, Samples } from "./icc-curve.ts";
import { fixedAt, signatureAt } from "./icc-profile.ts";

/** Device values of 0..1 to XYZ, of which media white is D50. */
export type Lut = (device: readonly number[]) => readonly number[];

/** D50, the white of the profile connection space (ICC.1:2022, 7.2.16). */
export const whitePoint = [0.9642, 1, 0.8249] as const;

/**
 * A transform by tables to the connection space: `mft1`, `mft2` or `mAB ` (ICC.1:2022, 10.10 to 10.12).
 * Undefined where it does not take `inputs` values or is not wholly there. Never throws.
 */
export function readLut(tag: DataView, inputs: number, connectionSpace: string): Lut | undefined {
  const type = signatureAt(tag, 0);
  const stages =
    type === "mft1" || type === "mft2"
      ? readTables(tag, inputs, type === "mft1" ? 1 : 2)
      : type === "mAB "
        ? readElements(tag, inputs)
        : undefined;
  if (!stages) return undefined;
  // Of Lab in 16 bits, `mft2` alone keeps the scale of version 2: 0xff00 is 100 %.
  const scale = type === "mft2" ? 65_535 / 65_280 : 1;
  const decode: Stage = connectionSpace === "XYZ " ? fromXyz : (lab) => fromLab(lab, scale);
  return (device) => decode(stages.reduce((values, stage) => stage(values), device));
}

type Stage = (values: readonly number[]) => readonly number[];

const outputs = 3;

/** `mft1` and `mft2`: curves, a grid as long along each axis, curves. (Their matrix is for XYZ inputs alone.) */
function readTables(tag: DataView, inputs: number, bytes: 1 | 2): readonly Stage[] | undefined {
  const start = bytes === 1 ? 48 : 52;
  if (tag.byteLength < start) return undefined;
  const side = tag.getUint8(10);
  const entries = bytes === 1 ? ([256, 256] as const) : [tag.getUint16(48), tag.getUint16(50)];
  const [before = 0, after = 0] = entries;
  const gridAt = start + inputs * before * bytes;
  const afterAt = gridAt + side ** inputs * outputs * bytes;
  const isWhole = afterAt + outputs * after * bytes <= tag.byteLength;
  const isFitting = tag.getUint8(8) === inputs && tag.getUint8(9) === outputs;
  if (!isWhole || !isFitting || side < 2 || before < 2 || after < 2) return undefined;
  const curves = (at: number, count: number, length: number): Stage =>
    throughCurves(
      Array.from({ length: count }, (_, k) =>
        sampledCurve(samplesAt(tag, at + k * length * bytes, bytes), length),
      ),
    );
  const sides = Array.from({ length: inputs }, () => side);
  return [
    curves(start, inputs, before),
    throughGrid(samplesAt(tag, gridAt, bytes), sides),
    curves(afterAt, outputs, after),
  ];
}

/** `mAB `: curves "A", a grid, curves "M" and a matrix where there are such, curves "B". */
function readElements(tag: DataView, inputs: number): readonly Stage[] | undefined {
  if (tag.byteLength < 32 || tag.getUint8(8) !== inputs || tag.getUint8(9) !== outputs) {
    return undefined;
  }
  const element = (at: number): DataView | undefined => {
    const offset = tag.getUint32(at);
    return offset === 0 ? undefined : rest(tag, offset);
  };
  const curves = (view: DataView | undefined, count: number): Stage | undefined => {
    const read = view && readCurves(view, count);
    return read && throughCurves(read);
  };
  const [m, matrix] = [element(20), element(16)];
  const stages = [
    curves(element(28), inputs),
    readGrid(element(24), inputs),
    m ? curves(m, outputs) : unchanged,
    matrix ? readMatrix(matrix) : unchanged,
    curves(element(12), outputs),
  ].filter((stage) => stage !== undefined);
  return stages.length === 5 ? stages : undefined;
}

/** The grid of `mAB `: sixteen sides, the bytes of an entry, entries. */
function readGrid(view: DataView | undefined, inputs: number): Stage | undefined {
  if (!view || view.byteLength < 20) return undefined;
  const sides = Array.from({ length: inputs }, (_, k) => view.getUint8(k));
  const bytes = view.getUint8(16);
  const length = sides.reduce((product, side) => product * side, outputs * bytes);
  const isWhole = (bytes === 1 || bytes === 2) && 20 + length <= view.byteLength;
  if (!isWhole || sides.some((side) => side < 2)) return undefined;
  return throughGrid(samplesAt(view, 20, bytes), sides);
}

/** Three by three, and what is added. */
function readMatrix(view: DataView): Stage | undefined {
  if (view.byteLength < 48) return undefined;
  const numbers = Array.from({ length: 12 }, (_, k) => fixedAt(view, k * 4));
  const [m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0, m5 = 0, m6 = 0, m7 = 0, m8 = 0] = numbers;
  const [a0 = 0, a1 = 0, a2 = 0] = numbers.slice(9);
  return ([x = 0, y = 0, z = 0]) => [
    m0 * x + m1 * y + m2 * z + a0,
    m3 * x + m4 * y + m5 * z + a1,
    m6 * x + m7 * y + m8 * z + a2,
  ];
}

const unchanged: Stage = (values) => values;

function throughCurves(curves: readonly Curve[]): Stage {
  return (values) => curves.map((curve, k) => unit(curve(unit(values[k] ?? 0))));
}

/** Linear between the entries around, along each axis; the last axis varies fastest. */
function throughGrid(samples: Samples, sides: readonly number[]): Stage {
  const steps = sides.map((_, axis) =>
    sides.slice(axis + 1).reduce((product, side) => product * side, outputs),
  );
  const mix = (values: readonly number[], axis: number, at: number): number => {
    const side = sides[axis];
    const step = steps[axis] ?? 0;
    if (side === undefined) return samples(at);
    const position = unit(values[axis] ?? 0) * (side - 1);
    const below = Math.floor(position);
    const low = mix(values, axis + 1, at + below * step);
    const part = position - below;
    return part === 0 ? low : low + part * (mix(values, axis + 1, at + (below + 1) * step) - low);
  };
  return (values) => [mix(values, 0, 0), mix(values, 0, 1), mix(values, 0, 2)];
}

/** 1.0 is 0x8000 (ICC.1:2022, 6.3.4.2). */
function fromXyz(xyz: readonly number[]): readonly number[] {
  return xyz.map((value) => (value * 65_535) / 32_768);
}

function fromLab([l = 0, a = 0, b = 0]: readonly number[], scale: number): readonly number[] {
  return labToXyz(l * scale * 100, a * scale * 255 - 128, b * scale * 255 - 128);
}

/** CIE 1976 L*a*b* (CIE 15:2004, 8.2.1), inverted. */
function labToXyz(l: number, a: number, b: number): readonly number[] {
  const y = (l + 16) / 116;
  return [y + a / 500, y, y - b / 200].map(
    (f, k) => (whitePoint[k] ?? 0) * (f > 6 / 29 ? f ** 3 : (f - 4 / 29) * 3 * (6 / 29) ** 2),
  );
}
