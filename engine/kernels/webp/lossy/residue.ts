/**
 * The inverse transforms (RFC 6386, §14), added to what was predicted. `from` holds a block's sixteen
 * coefficients; `at` is a block of the workspace. Where coefficients are far larger than any encoder's, sums
 * wrap at 16 bits in `addBlock` and at 32 in the others, as they do in libwebp.
 */
import { STRIDE } from "./predict";

/** Sixteen coefficients of 16 bits. */
export const BLOCK_BYTES: usize = 32;

/** cos(π/8)·√2 − 1 and sin(π/8)·√2 with 16 fractional bits; the second less 1, so that it fits. */
const COS: i32 = 20091;
const SIN: i32 = 35468;

/** Any coefficients: columns first, then rows, four lanes each. */
export function addBlock(from: usize, at: usize): void {
  let a = v128.load64_zero(from);
  let b = v128.load64_zero(from, 8);
  let c = v128.load64_zero(from, 16);
  let d = v128.load64_zero(from, 24);
  for (let pass = 0; pass < 2; pass++) {
    const sum = i16x8.add(a, c);
    const difference = i16x8.sub(a, c);
    const both = i64x2.shuffle(b, d, 0, 2);
    const bySin = i16x8.add(highProducts(both, SIN - 0x10000), both);
    const byCos = i16x8.add(highProducts(both, COS), both);
    const odd = i16x8.sub(bySin, i64x2.shuffle(byCos, byCos, 1, 1));
    const even = i16x8.add(byCos, i64x2.shuffle(bySin, bySin, 1, 1));
    const out03 = i64x2.shuffle(i16x8.add(sum, even), i16x8.sub(sum, even), 0, 2);
    const out12 = i64x2.shuffle(i16x8.add(difference, odd), i16x8.sub(difference, odd), 0, 2);
    // Transpose: rows 0 and 3, and 1 and 2, to columns 0 and 1, and 2 and 3.
    const out01 = i64x2.shuffle(out03, out12, 0, 2);
    const out23 = i64x2.shuffle(out12, out03, 1, 3);
    const low = i16x8.shuffle(out01, out23, 0, 4, 8, 12, 1, 5, 9, 13);
    const high = i16x8.shuffle(out01, out23, 2, 6, 10, 14, 3, 7, 11, 15);
    a = low;
    b = i64x2.shuffle(low, low, 1, 1);
    c = high;
    d = i64x2.shuffle(high, high, 1, 1);
    // What the shift at the end would cut off is rounded.
    if (pass == 0) a = i16x8.add(a, i16x8.splat(4));
  }
  addRow(at, i16x8.shr_s(a, 3));
  addRow(at + STRIDE, i16x8.shr_s(b, 3));
  addRow(at + 2 * STRIDE, i16x8.shr_s(c, 3));
  addRow(at + 3 * STRIDE, i16x8.shr_s(d, 3));
}

/** The upper 16 bits of products of signed lanes. */
function highProducts(lanes: v128, factor: i32): v128 {
  const factors = i16x8.splat(factor as i16);
  const low = i32x4.extmul_low_i16x8_s(lanes, factors);
  const high = i32x4.extmul_high_i16x8_s(lanes, factors);
  return i8x16.shuffle(low, high, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
}

/** The first three coefficients at most, in the order of the zigzag. */
export function addCorner(from: usize, at: usize): void {
  const sum = load<i16>(from) + 4;
  const right: i32 = load<i16>(from, 2);
  const below: i32 = load<i16>(from, 8);
  const downSin = (below * SIN) >> 16;
  const downCos = ((below * COS) >> 16) + below;
  const acrossSin = (right * SIN) >> 16;
  const acrossCos = ((right * COS) >> 16) + right;
  const across = i32x4(acrossCos, acrossSin, -acrossSin, -acrossCos);
  addRow(at, cornerRow(across, sum + downCos));
  addRow(at + STRIDE, cornerRow(across, sum + downSin));
  addRow(at + 2 * STRIDE, cornerRow(across, sum - downSin));
  addRow(at + 3 * STRIDE, cornerRow(across, sum - downCos));
}

function cornerRow(across: v128, sum: i32): v128 {
  const row = i32x4.shr_s(i32x4.add(across, i32x4.splat(sum)), 3);
  return i16x8.narrow_i32x4_s(row, row);
}

/** The first coefficient alone. */
export function addMean(from: usize, at: usize): void {
  const mean = i16x8.splat(((load<i16>(from) + 4) >> 3) as i16);
  addRow(at, mean);
  addRow(at + STRIDE, mean);
  addRow(at + 2 * STRIDE, mean);
  addRow(at + 3 * STRIDE, mean);
}

function addRow(at: usize, residue: v128): void {
  const row = i16x8.add(i16x8.extend_low_i8x16_u(v128.load32_zero(at)), residue);
  v128.store32_lane(at, i8x16.narrow_i16x8_u(row, row), 0);
}

/** The transform of the blocks' means (§14.3): sixteen coefficients to the first of each of sixteen blocks. */
export function spreadMeans(from: usize, to: usize): void {
  let a = v128.load_ext<i16>(from);
  let b = v128.load_ext<i16>(from, 8);
  let c = v128.load_ext<i16>(from, 16);
  let d = v128.load_ext<i16>(from, 24);
  for (let pass = 0; pass < 2; pass++) {
    const outerSum = i32x4.add(a, d);
    const innerSum = i32x4.add(b, c);
    const innerDifference = i32x4.sub(b, c);
    const outerDifference = i32x4.sub(a, d);
    const row0 = i32x4.add(outerSum, innerSum);
    const row1 = i32x4.add(outerDifference, innerDifference);
    const row2 = i32x4.sub(outerSum, innerSum);
    const row3 = i32x4.sub(outerDifference, innerDifference);
    const low01 = i32x4.shuffle(row0, row1, 0, 4, 1, 5);
    const high01 = i32x4.shuffle(row0, row1, 2, 6, 3, 7);
    const low23 = i32x4.shuffle(row2, row3, 0, 4, 1, 5);
    const high23 = i32x4.shuffle(row2, row3, 2, 6, 3, 7);
    a = i64x2.shuffle(low01, low23, 0, 2);
    b = i64x2.shuffle(low01, low23, 1, 3);
    c = i64x2.shuffle(high01, high23, 0, 2);
    d = i64x2.shuffle(high01, high23, 1, 3);
    if (pass == 0) a = i32x4.add(a, i32x4.splat(3));
  }
  storeMeans(to, a);
  storeMeans(to + 4 * BLOCK_BYTES, b);
  storeMeans(to + 8 * BLOCK_BYTES, c);
  storeMeans(to + 12 * BLOCK_BYTES, d);
}

function storeMeans(to: usize, sums: v128): void {
  const means = i32x4.shr_s(sums, 3);
  store<i16>(to, i32x4.extract_lane(means, 0) as i16);
  store<i16>(to, i32x4.extract_lane(means, 1) as i16, BLOCK_BYTES);
  store<i16>(to, i32x4.extract_lane(means, 2) as i16, 2 * BLOCK_BYTES);
  store<i16>(to, i32x4.extract_lane(means, 3) as i16, 3 * BLOCK_BYTES);
}
