/**
 * The loop filters (RFC 6386, §15), sixteen positions along an edge at a time. An edge lies between the row
 * `above` and the row `at`; rows on either side are `stride` apart. For an edge between columns the columns
 * around it are turned into rows and back; chroma's eight positions are those of both planes together.
 */

/** Eight rows of sixteen bytes, four on either side of an edge. */
const turned = memory.data(128, 16);
const turnedAt = turned + 64;
const turnedAbove = turned + 48;

export const SIMPLE: u32 = 0;
/** Between macroblocks, up to three samples on either side change; inside one, up to two. */
export const OUTER: u32 = 1;
export const INNER: u32 = 2;

/** How much neighbours at the edge may differ, and from where on their variance is high. */
let interiorLimit: u32 = 0;
let varianceLimit: u32 = 0;

export function setLimits(interior: u32, variance: u32): void {
  interiorLimit = interior;
  varianceLimit = variance;
}

/** Returns whether anything changed. */
export function filterRow(kind: u32, above: usize, at: usize, stride: usize, limit: u32): bool {
  if (kind == SIMPLE) return filterSimply(above, at, stride, limit);
  if (kind == OUTER) return filterOuter(above, at, stride, limit);
  return filterInner(above, at, stride, limit);
}

/** The edge left of the column `at`, sixteen rows. */
export function filterColumn(kind: u32, at: usize, stride: usize, limit: u32): void {
  turnIn(at - 4, at - 4 + 8 * stride, stride);
  if (filterRow(kind, turnedAbove, turnedAt, 16, limit)) {
    turnOut(at - 4, at - 4 + 8 * stride, stride);
  }
}

/** The edge above the row `at` of both planes of chroma, whose other side is in `aboveU` and `aboveV`. */
export function filterChromaRow(
  kind: u32,
  aboveU: usize,
  aboveV: usize,
  atU: usize,
  atV: usize,
  stride: usize,
  limit: u32,
): void {
  for (let i: usize = 0; i < 4; i++) {
    join(turnedAbove - i * 16, aboveU - i * stride, aboveV - i * stride);
    join(turnedAt + i * 16, atU + i * stride, atV + i * stride);
  }
  if (!filterRow(kind, turnedAbove, turnedAt, 16, limit)) return;
  for (let i: usize = 0; i < 3; i++) {
    part(turnedAbove - i * 16, aboveU - i * stride, aboveV - i * stride);
    part(turnedAt + i * 16, atU + i * stride, atV + i * stride);
  }
}

/** The edge left of the column `atU` and `atV`. */
export function filterChromaColumn(
  kind: u32,
  atU: usize,
  atV: usize,
  stride: usize,
  limit: u32,
): void {
  turnIn(atU - 4, atV - 4, stride);
  if (filterRow(kind, turnedAbove, turnedAt, 16, limit)) turnOut(atU - 4, atV - 4, stride);
}

function join(to: usize, first: usize, second: usize): void {
  store<u64>(to, load<u64>(first));
  store<u64>(to, load<u64>(second), 8);
}

function part(from: usize, first: usize, second: usize): void {
  store<u64>(first, load<u64>(from));
  store<u64>(second, load<u64>(from, 8));
}

/** Eight bytes of eight rows from `first` on and of eight from `second` on become eight rows of sixteen. */
function turnIn(first: usize, second: usize, stride: usize): void {
  turnHalf(first, stride, turned);
  turnHalf(second, stride, turned + 8);
}

function turnHalf(from: usize, stride: usize, to: usize): void {
  const rows01 = zipBytes(load64(from), load64(from + stride));
  const rows23 = zipBytes(load64(from + 2 * stride), load64(from + 3 * stride));
  const rows45 = zipBytes(load64(from + 4 * stride), load64(from + 5 * stride));
  const rows67 = zipBytes(load64(from + 6 * stride), load64(from + 7 * stride));
  const left0123 = zipLowPairs(rows01, rows23);
  const right0123 = zipHighPairs(rows01, rows23);
  const left4567 = zipLowPairs(rows45, rows67);
  const right4567 = zipHighPairs(rows45, rows67);
  storeHalves(to, zipLowQuads(left0123, left4567));
  storeHalves(to + 32, zipHighQuads(left0123, left4567));
  storeHalves(to + 64, zipLowQuads(right0123, right4567));
  storeHalves(to + 96, zipHighQuads(right0123, right4567));
}

/** The way back. */
function turnOut(first: usize, second: usize, stride: usize): void {
  turnHalfBack(turned, first, stride);
  turnHalfBack(turned + 8, second, stride);
}

function turnHalfBack(from: usize, to: usize, stride: usize): void {
  const columns01 = zipBytes(load64(from), load64(from + 16));
  const columns23 = zipBytes(load64(from + 32), load64(from + 48));
  const columns45 = zipBytes(load64(from + 64), load64(from + 80));
  const columns67 = zipBytes(load64(from + 96), load64(from + 112));
  const upperLeft = zipLowPairs(columns01, columns23);
  const lowerLeft = zipHighPairs(columns01, columns23);
  const upperRight = zipLowPairs(columns45, columns67);
  const lowerRight = zipHighPairs(columns45, columns67);
  storeTwoRows(to, stride, zipLowQuads(upperLeft, upperRight));
  storeTwoRows(to + 2 * stride, stride, zipHighQuads(upperLeft, upperRight));
  storeTwoRows(to + 4 * stride, stride, zipLowQuads(lowerLeft, lowerRight));
  storeTwoRows(to + 6 * stride, stride, zipHighQuads(lowerLeft, lowerRight));
}

function load64(at: usize): v128 {
  return v128.load64_zero(at);
}

function zipBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function zipLowPairs(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function zipHighPairs(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

function zipLowQuads(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 0, 4, 1, 5);
}

function zipHighQuads(a: v128, b: v128): v128 {
  return i32x4.shuffle(a, b, 2, 6, 3, 7);
}

function storeHalves(to: usize, halves: v128): void {
  v128.store64_lane(to, halves, 0);
  v128.store64_lane(to + 16, halves, 1);
}

function storeTwoRows(to: usize, stride: usize, rows: v128): void {
  v128.store64_lane(to, rows, 0);
  v128.store64_lane(to + stride, rows, 1);
}

function filterSimply(above: usize, at: usize, stride: usize, limit: u32): bool {
  const p1 = signed(v128.load(above - stride));
  const p0 = signed(v128.load(above));
  const q0 = signed(v128.load(at));
  const q1 = signed(v128.load(at + stride));
  const step = v128.and(commonStep(i8x16.sub_sat_s(p1, q1), p0, q0), isFlat(p1, p0, q0, q1, limit));
  v128.store(above, signed(i8x16.add_sat_s(p0, eighth(step, 3))));
  v128.store(at, signed(i8x16.sub_sat_s(q0, eighth(step, 4))));
  return true;
}

/** High variance: as the simple filter. Else three samples on either side move, by 27, 18 and 9 of 128. */
function filterOuter(above: usize, at: usize, stride: usize, limit: u32): bool {
  const p2 = signed(v128.load(above - 2 * stride));
  const p1 = signed(v128.load(above - stride));
  const p0 = signed(v128.load(above));
  const q0 = signed(v128.load(at));
  const q1 = signed(v128.load(at + stride));
  const q2 = signed(v128.load(at + 2 * stride));
  const p3 = signed(v128.load(above - 3 * stride));
  const q3 = signed(v128.load(at + 3 * stride));
  const isCalm = isEven(p3, p2, p1, p0, q0, q1, q2, q3);
  const needed = v128.and(isFlat(p1, p0, q0, q1, limit), isCalm);
  if (!v128.any_true(needed)) return false;
  const step = v128.and(commonStep(i8x16.sub_sat_s(p1, q1), p0, q0), needed);
  const varies = isVarying(p1, p0, q0, q1);
  const steep = v128.and(step, varies);
  const smooth = v128.andnot(step, varies);
  const by9 = i16x8.mul(i16x8.extend_low_i8x16_s(smooth), i16x8.splat(9));
  const by9High = i16x8.mul(i16x8.extend_high_i8x16_s(smooth), i16x8.splat(9));
  const half = i16x8.splat(63);
  const once = i16x8.add(by9, half);
  const onceHigh = i16x8.add(by9High, half);
  const twice = i16x8.add(once, by9);
  const twiceHigh = i16x8.add(onceHigh, by9High);
  const far = share(once, onceHigh);
  const middle = share(twice, twiceHigh);
  const near = share(i16x8.add(twice, by9), i16x8.add(twiceHigh, by9High));
  v128.store(above - 2 * stride, signed(i8x16.add_sat_s(p2, far)));
  v128.store(above - stride, signed(i8x16.add_sat_s(p1, middle)));
  const nearP0 = i8x16.add_sat_s(p0, eighth(steep, 3));
  v128.store(above, signed(i8x16.add_sat_s(nearP0, near)));
  const nearQ0 = i8x16.sub_sat_s(q0, eighth(steep, 4));
  v128.store(at, signed(i8x16.sub_sat_s(nearQ0, near)));
  v128.store(at + stride, signed(i8x16.sub_sat_s(q1, middle)));
  v128.store(at + 2 * stride, signed(i8x16.sub_sat_s(q2, far)));
  return true;
}

/** High variance: as the simple filter. Else the sample behind the edge's own moves by half as much. */
function filterInner(above: usize, at: usize, stride: usize, limit: u32): bool {
  const p3 = signed(v128.load(above - 3 * stride));
  const p2 = signed(v128.load(above - 2 * stride));
  const p1 = signed(v128.load(above - stride));
  const p0 = signed(v128.load(above));
  const q0 = signed(v128.load(at));
  const q1 = signed(v128.load(at + stride));
  const q2 = signed(v128.load(at + 2 * stride));
  const q3 = signed(v128.load(at + 3 * stride));
  const isCalm = isEven(p3, p2, p1, p0, q0, q1, q2, q3);
  const needed = v128.and(isFlat(p1, p0, q0, q1, limit), isCalm);
  if (!v128.any_true(needed)) return false;
  const varies = isVarying(p1, p0, q0, q1);
  const outer = v128.and(i8x16.sub_sat_s(p1, q1), varies);
  const step = v128.and(commonStep(outer, p0, q0), needed);
  const stepQ = eighth(step, 4);
  const halfStep = v128.andnot(i8x16.shr_s(i8x16.add(stepQ, i8x16.splat(1)), 1), varies);
  v128.store(above - stride, signed(i8x16.add_sat_s(p1, halfStep)));
  v128.store(above, signed(i8x16.add_sat_s(p0, eighth(step, 3))));
  v128.store(at, signed(i8x16.sub_sat_s(q0, stepQ)));
  v128.store(at + stride, signed(i8x16.sub_sat_s(q1, halfStep)));
  return true;
}

/** Samples as signed numbers, and back. */
function signed(samples: v128): v128 {
  return v128.xor(samples, i8x16.splat(0x80 as i8));
}

/** `outer` + 3 (q0 - p0), held within 8 bits at every addition. */
function commonStep(outer: v128, p0: v128, q0: v128): v128 {
  const difference = i8x16.sub_sat_s(q0, p0);
  const once = i8x16.add_sat_s(outer, difference);
  return i8x16.add_sat_s(i8x16.add_sat_s(once, difference), difference);
}

function eighth(step: v128, rounding: i8): v128 {
  return i8x16.shr_s(i8x16.add_sat_s(step, i8x16.splat(rounding)), 3);
}

/** Sums of products with seven fractional bits. */
function share(low: v128, high: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.shr_s(low, 7), i16x8.shr_s(high, 7));
}

/** Whether 4 |p0 - q0| + |p1 - q1| is at most 2 `limit` + 1. */
function isFlat(p1: v128, p0: v128, q0: v128, q1: v128, limit: u32): v128 {
  const near = distance(p0, q0);
  const far = i8x16.shr_u(distance(p1, q1), 1);
  const sum = i8x16.add_sat_u(i8x16.add_sat_u(near, near), far);
  return i8x16.le_u(sum, i8x16.splat(limit as i8));
}

/** Whether no two neighbours on one side differ by more than the interior limit. */
function isEven(
  p3: v128,
  p2: v128,
  p1: v128,
  p0: v128,
  q0: v128,
  q1: v128,
  q2: v128,
  q3: v128,
): v128 {
  const p = i8x16.max_u(i8x16.max_u(distance(p3, p2), distance(p2, p1)), distance(p1, p0));
  const q = i8x16.max_u(i8x16.max_u(distance(q3, q2), distance(q2, q1)), distance(q1, q0));
  return i8x16.le_u(i8x16.max_u(p, q), i8x16.splat(interiorLimit as i8));
}

/** Whether the samples next to the edge differ from their neighbours by more than the limit. */
function isVarying(p1: v128, p0: v128, q0: v128, q1: v128): v128 {
  const most = i8x16.max_u(distance(p1, p0), distance(q1, q0));
  return i8x16.gt_u(most, i8x16.splat(varianceLimit as i8));
}

/** The distance of signed numbers, as an unsigned one. */
function distance(a: v128, b: v128): v128 {
  return i8x16.sub(i8x16.max_s(a, b), i8x16.min_s(a, b));
}
