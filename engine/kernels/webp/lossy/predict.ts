/**
 * Prediction from what is above and to the left (RFC 6386, §12). Predicted are the blocks of one
 * macroblock's workspace, whose rows are `STRIDE` bytes apart and which holds the samples around it.
 */
import {
  HORIZONTAL,
  HORIZONTAL_DOWN,
  HORIZONTAL_UP,
  LEFT_DOWN,
  RIGHT_DOWN,
  TRUE_MOTION,
  VERTICAL,
  VERTICAL_LEFT,
  VERTICAL_RIGHT,
} from "./intra-modes";

export const STRIDE: usize = 32;

/** Luma, 16 × 16. At the picture's edges DC takes what there is. */
export function predictLuma(at: usize, mode: u32, hasLeft: bool, hasAbove: bool): void {
  const above = v128.load(at - STRIDE);
  if (mode == VERTICAL) {
    for (let y: usize = 0; y < 16; y++) v128.store(at + y * STRIDE, above);
  } else if (mode == HORIZONTAL) {
    for (let y: usize = 0; y < 16; y++) {
      v128.store(at + y * STRIDE, v128.load8_splat(at + y * STRIDE - 1));
    }
  } else if (mode == TRUE_MOTION) {
    const corner = i16x8.splat(load<u8>(at - STRIDE - 1));
    const low = i16x8.sub(i16x8.extend_low_i8x16_u(above), corner);
    const high = i16x8.sub(i16x8.extend_high_i8x16_u(above), corner);
    for (let y: usize = 0; y < 16; y++) {
      const left = i16x8.splat(load<u8>(at + y * STRIDE - 1));
      const row = i8x16.narrow_i16x8_u(i16x8.add(low, left), i16x8.add(high, left));
      v128.store(at + y * STRIDE, row);
    }
  } else {
    const sum = (hasAbove ? sumOf(above) : 0) + (hasLeft ? sumLeft(at, 16) : 0);
    const mean = meanOf(sum, 16, hasLeft, hasAbove);
    for (let y: usize = 0; y < 16; y++) v128.store(at + y * STRIDE, i8x16.splat(mean as i8));
  }
}

/** One plane of chroma, 8 × 8. */
export function predictChroma(at: usize, mode: u32, hasLeft: bool, hasAbove: bool): void {
  const above = v128.load64_zero(at - STRIDE);
  if (mode == VERTICAL) {
    for (let y: usize = 0; y < 8; y++) v128.store64_lane(at + y * STRIDE, above, 0);
  } else if (mode == HORIZONTAL) {
    for (let y: usize = 0; y < 8; y++) {
      v128.store64_lane(at + y * STRIDE, v128.load8_splat(at + y * STRIDE - 1), 0);
    }
  } else if (mode == TRUE_MOTION) {
    const corner = i16x8.splat(load<u8>(at - STRIDE - 1));
    const slope = i16x8.sub(i16x8.extend_low_i8x16_u(above), corner);
    for (let y: usize = 0; y < 8; y++) {
      const sum = i16x8.add(slope, i16x8.splat(load<u8>(at + y * STRIDE - 1)));
      v128.store64_lane(at + y * STRIDE, i8x16.narrow_i16x8_u(sum, sum), 0);
    }
  } else {
    const sum = (hasAbove ? sumOf(above) : 0) + (hasLeft ? sumLeft(at, 8) : 0);
    const mean = meanOf(sum, 8, hasLeft, hasAbove);
    for (let y: usize = 0; y < 8; y++)
      v128.store64_lane(at + y * STRIDE, i8x16.splat(mean as i8), 0);
  }
}

function sumOf(bytes: v128): u32 {
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

function sumLeft(at: usize, count: usize): u32 {
  let sum: u32 = 0;
  for (let y: usize = 0; y < count; y++) sum += load<u8>(at + y * STRIDE - 1);
  return sum;
}

function meanOf(sum: u32, side: u32, hasLeft: bool, hasAbove: bool): u32 {
  if (hasLeft && hasAbove) return (sum + side) / (2 * side);
  return hasLeft || hasAbove ? (sum + side / 2) / side : 128;
}

/**
 * A 4 × 4 block of luma. The samples along its edge, from the left column's lowest over the corner to the
 * eighth above, are one vector; each mode takes weighted means of neighbours in it.
 */
export function predictBlock(at: usize, mode: u32): void {
  const top = v128.load(at - STRIDE - 1);
  const left0: u32 = load<u8>(at - 1);
  const left1: u32 = load<u8>(at + STRIDE - 1);
  const left2: u32 = load<u8>(at + 2 * STRIDE - 1);
  const left3: u32 = load<u8>(at + 3 * STRIDE - 1);
  if (mode == TRUE_MOTION) {
    const above = i16x8.extend_low_i8x16_u(v128.load32_zero(at - STRIDE));
    const slope = i16x8.sub(above, i16x8.splat(load<u8>(at - STRIDE - 1)));
    storeSum(at, slope, left0);
    storeSum(at + STRIDE, slope, left1);
    storeSum(at + 2 * STRIDE, slope, left2);
    storeSum(at + 3 * STRIDE, slope, left3);
    return;
  }
  // Left: lowest (twice) at 0 and 1, topmost at 4. Corner: 5. Above: 6 to 13, and the last once more.
  const left = i32x4.splat(left3 | (left2 << 8) | (left1 << 16) | (left0 << 24));
  const edge = i8x16.shuffle(left, top, 0, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 24, 24);
  const before = i8x16.shuffle(edge, edge, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  const after = i8x16.shuffle(edge, edge, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15);
  // (edge[i] + edge[i + 1] + 1) / 2, and (edge[i - 1] + 2 edge[i] + edge[i + 1] + 2) / 4.
  const twos = i8x16.avgr_u(edge, after);
  const odd = v128.and(v128.xor(before, after), i8x16.splat(1));
  const threes = i8x16.avgr_u(i8x16.sub(i8x16.avgr_u(before, after), odd), edge);
  if (mode == VERTICAL) {
    const row = i8x16.shuffle(threes, threes, 6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9);
    storeRows(at, row);
  } else if (mode == HORIZONTAL) {
    storeRows(at, i8x16.shuffle(threes, threes, 4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1));
  } else if (mode == RIGHT_DOWN) {
    storeRows(at, i8x16.shuffle(threes, threes, 5, 6, 7, 8, 4, 5, 6, 7, 3, 4, 5, 6, 2, 3, 4, 5));
  } else if (mode == LEFT_DOWN) {
    storeRows(
      at,
      i8x16.shuffle(threes, threes, 7, 8, 9, 10, 8, 9, 10, 11, 9, 10, 11, 12, 10, 11, 12, 13),
    );
  } else if (mode == VERTICAL_RIGHT) {
    storeRows(
      at,
      i8x16.shuffle(twos, threes, 5, 6, 7, 8, 21, 22, 23, 24, 20, 5, 6, 7, 19, 21, 22, 23),
    );
  } else if (mode == VERTICAL_LEFT) {
    storeRows(
      at,
      i8x16.shuffle(twos, threes, 6, 7, 8, 9, 23, 24, 25, 26, 7, 8, 9, 27, 24, 25, 26, 28),
    );
  } else if (mode == HORIZONTAL_DOWN) {
    storeRows(
      at,
      i8x16.shuffle(twos, threes, 4, 21, 22, 23, 3, 20, 4, 21, 2, 19, 3, 20, 1, 18, 2, 19),
    );
  } else if (mode == HORIZONTAL_UP) {
    storeRows(at, i8x16.shuffle(twos, threes, 3, 19, 2, 18, 2, 18, 1, 17, 1, 17, 0, 0, 0, 0, 0, 0));
  } else {
    const sum = sumOf(v128.load32_zero(at - STRIDE)) + left0 + left1 + left2 + left3;
    storeRows(at, i8x16.splat(((sum + 4) >> 3) as i8));
  }
}

function storeSum(at: usize, slope: v128, left: u32): void {
  const sum = i16x8.add(slope, i16x8.splat(left as i16));
  v128.store32_lane(at, i8x16.narrow_i16x8_u(sum, sum), 0);
}

function storeRows(at: usize, rows: v128): void {
  v128.store32_lane(at, rows, 0);
  v128.store32_lane(at + STRIDE, rows, 1);
  v128.store32_lane(at + 2 * STRIDE, rows, 2);
  v128.store32_lane(at + 3 * STRIDE, rows, 3);
}
