/**
 * `count` pixels copied, each colour 64/63 as far from its grey (ITU-T T.871 §7). Reads and writes whole groups of
 * four pixels.
 */
export function widenColours(from: usize, count: i32, to: usize): void {
  for (let x = 0; x < count; x += 4) {
    const pixels = v128.load(from);
    const low = widen(i16x8.extend_low_i8x16_u(pixels));
    const high = widen(i16x8.extend_high_i8x16_u(pixels));
    v128.store(to, i8x16.narrow_i16x8_u(low, high));
    from += 16;
    to += 16;
  }
}

/** Two pixels. A 63rd is 520 of 2^15. */
function widen(colours: v128): v128 {
  const weights = i16x8(9798, 19235, 3735, 0, 9798, 19235, 3735, 0);
  const halves = i32x4.dot_i16x8_s(colours, weights);
  const sums = i32x4.add(halves, v128.shuffle<i32>(halves, halves, 1, 0, 3, 2));
  const greys = i32x4.shr_s(i32x4.add(sums, i32x4.splat(1 << 14)), 15);
  const grey = v128.or(greys, i32x4.shl(greys, 16));
  const share = i16x8(520, 520, 520, 0, 520, 520, 520, 0);
  return i16x8.add(colours, i16x8.q15mulr_sat_s(i16x8.sub(colours, grey), share));
}
