import { readCurve } from "./icc-curve.ts";
import { fixedAt, readIccProfile, signatureAt, type IccProfile } from "./icc-profile.ts";

/**
 * ICC profiles of the kind cameras and screens have (ICC.1:2022): three tone curves and a matrix, or one
 * curve of grey. Pixels of such a profile are converted to sRGB, colorimetrically, what sRGB cannot show
 * being clipped.
 */
export type ColourProfile =
  /** So near to sRGB that converting would change no channel by more than two levels. */
  | { readonly kind: "srgb" }
  | {
      readonly kind: "convertible";
      /** 256 levels of red, then green, then blue to linear light. */
      readonly curves: Float32Array;
      /** Linear light to linear sRGB, row by row. */
      readonly matrix: Matrix;
    }
  /** RGB by tables, or by curves that cannot be read: to be carried along with the pixels. */
  | { readonly kind: "opaque" }
  /** No profile, or one of CMYK or Lab: says nothing of RGB pixels, and no RGB file may carry it. */
  | { readonly kind: "foreign" };

/** Nine numbers. */
export type Matrix = readonly number[];

/** Never throws, for any bytes. */
export function readColourProfile(icc: Uint8Array): ColourProfile {
  const profile = readIccProfile(icc);
  const isGrey = profile?.space === "GRAY";
  if (!profile || (profile.space !== "RGB " && !isGrey)) return { kind: "foreign" };
  const model = isGrey ? readGrey(profile) : readMatrixModel(profile);
  if (model === undefined) return { kind: isGrey ? "foreign" : "opaque" };
  return isNearSrgb(model) ? { kind: "srgb" } : { kind: "convertible", ...model };
}

/** Converts RGBA, whole pixels, in place; alpha stays. */
export function convertToSrgb(
  rgba: Uint8Array,
  { curves, matrix }: Extract<ColourProfile, { kind: "convertible" }>,
): void {
  const [m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0, m5 = 0, m6 = 0, m7 = 0, m8 = 0] = matrix;
  for (let at = 0; at < rgba.length; at += 4) {
    const red = curves[rgba[at] ?? 0] ?? 0;
    const green = curves[256 + (rgba[at + 1] ?? 0)] ?? 0;
    const blue = curves[512 + (rgba[at + 2] ?? 0)] ?? 0;
    rgba[at] = encode(m0 * red + m1 * green + m2 * blue);
    rgba[at + 1] = encode(m3 * red + m4 * green + m5 * blue);
    rgba[at + 2] = encode(m6 * red + m7 * green + m8 * blue);
  }
}

/** A colour of the profile connection space (XYZ, its white D50) as three bytes of sRGB. */
export function xyzToSrgb([x = 0, y = 0, z = 0]: readonly number[]): readonly number[] {
  return [0, 3, 6].map((row) => {
    const [mx = 0, my = 0, mz = 0] = XYZ_TO_SRGB.slice(row, row + 3);
    return encode(mx * x + my * y + mz * z);
  });
}

interface Model {
  readonly curves: Float32Array;
  readonly matrix: Matrix;
}

/** XYZ of the connection space (D50) to linear sRGB (D65, adapted after Bradford): IEC 61966-2-1, inverted. */
const XYZ_TO_SRGB: Matrix = [
  3.1338561, -1.6168667, -0.4906146, -0.9787684, 1.9161415, 0.033454, 0.0719453, -0.2289914,
  1.4052427,
];
const IDENTITY: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Linear light in steps of 1/16383 to sRGB: near black a step is a fifth of a level. */
const ENCODED = Uint8Array.from({ length: 16_384 }, (_, step) => {
  const linear = step / 16_383;
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(value * 255);
});

function encode(linear: number): number {
  return ENCODED[linear <= 0 ? 0 : linear >= 1 ? 16_383 : (linear * 16_383 + 0.5) | 0] ?? 0;
}

/** A profile that has tables too means them to be used, and curves are not the whole of it. */
function readMatrixModel({ tags, connectionSpace }: IccProfile): Model | undefined {
  if (connectionSpace !== "XYZ " || tags.has("A2B0")) return undefined;
  const [red, green, blue] = ["r", "g", "b"].map((name) => readPrimary(tags, name));
  if (!red || !green || !blue) return undefined;
  const primaries = [red, green, blue];
  const toXyz = [0, 1, 2].flatMap((row) => primaries.map(({ xyz }) => xyz[row] ?? 0));
  return {
    curves: curvesOf(primaries.map(({ levels }) => levels)),
    matrix: multiply(XYZ_TO_SRGB, toXyz),
  };
}

function readPrimary(tags: IccProfile["tags"], name: string) {
  const xyz = readXyz(tags.get(`${name}XYZ`));
  const levels = readLevels(tags.get(`${name}TRC`));
  return xyz && levels && { xyz, levels };
}

function readGrey({ tags }: IccProfile): Model | undefined {
  const levels = readLevels(tags.get("kTRC"));
  return levels && { curves: curvesOf([levels, levels, levels]), matrix: IDENTITY };
}

const curvesOf = (levels: readonly Float32Array[]) =>
  Float32Array.from(levels.flatMap((each) => [...each]));

function readXyz(tag: DataView | undefined): readonly number[] | undefined {
  if (tag === undefined || signatureAt(tag, 0) !== "XYZ " || tag.byteLength < 20) return undefined;
  return [8, 12, 16].map((at) => fixedAt(tag, at));
}

/** 256 levels to linear light, or undefined for a curve that the standard does not define. */
function readLevels(tag: DataView | undefined): Float32Array | undefined {
  const curve = readCurve(tag);
  if (curve === undefined) return undefined;
  const levels = Float32Array.from({ length: 256 }, (_, level) => curve(level / 255));
  return levels.every(Number.isFinite) ? levels : undefined;
}

/** Tries a lattice of colours through the conversion. */
function isNearSrgb(model: Model): boolean {
  const levels = [0, 16, 48, 96, 144, 192, 224, 255];
  const lattice = levels.flatMap((red) =>
    levels.flatMap((green) => levels.flatMap((blue) => [red, green, blue, 255])),
  );
  const converted = Uint8Array.from(lattice);
  convertToSrgb(converted, { kind: "convertible", ...model });
  return converted.every((value, index) => Math.abs(value - (lattice[index] ?? 0)) <= NEAR_LEVELS);
}

/** Rounding in profiles themselves moves the darkest levels by one or two. */
const NEAR_LEVELS = 2;

function multiply(left: Matrix, right: Matrix): Matrix {
  return Array.from({ length: 9 }, (_, index) => {
    const row = Math.floor(index / 3) * 3;
    const column = index % 3;
    return [0, 1, 2].reduce(
      (sum, k) => sum + (left[row + k] ?? 0) * (right[k * 3 + column] ?? 0),
      0,
    );
  });
}
