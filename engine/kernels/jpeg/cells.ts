/** Sums of a JPEG block's patterns to the bytes of a cell. */

// Adding 1.5 * 2^23 leaves a float's rounded integer in its low bits; 128 undoes the level shift.
const roundAndShift: f32 = 12582912 + 128;

/** The one sample of a cell that shows DC alone. */
export function meanByte(dc: i32, pattern: usize): i32 {
  const mean = <f32>dc * load<f32>(pattern) + roundAndShift;
  return min(max(<i32>(<i16>reinterpret<i32>(mean)), 0), 255);
}

/** Rounds and clamps a cell of 2 x 2. */
export function storeTwo(sum: v128, out: usize, stride: usize): void {
  const whole = f32x4.add(sum, f32x4.splat(roundAndShift));
  const words = lowHalves(whole, whole);
  const bytes = i8x16.narrow_i16x8_u(words, words);
  v128.store16_lane(out, bytes, 0);
  v128.store16_lane(out + stride, bytes, 1);
}

/** Rounds and clamps a cell of 4 x 4, a sum for each row. */
export function storeFour(
  sum0: v128,
  sum1: v128,
  sum2: v128,
  sum3: v128,
  out: usize,
  stride: usize,
): void {
  const base = f32x4.splat(roundAndShift);
  const bytes = i8x16.narrow_i16x8_u(
    lowHalves(f32x4.add(sum0, base), f32x4.add(sum1, base)),
    lowHalves(f32x4.add(sum2, base), f32x4.add(sum3, base)),
  );
  v128.store32_lane(out, bytes, 0);
  v128.store32_lane(out + stride, bytes, 1);
  v128.store32_lane(out + stride * 2, bytes, 2);
  v128.store32_lane(out + stride * 3, bytes, 3);
}

function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29);
}
