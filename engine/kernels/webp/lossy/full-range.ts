/**
 * Samples from video range (ITU-R BT.601: luma from 16 to 235, chroma from 16 to 240) to all of a byte, as
 * JPEG has them (ITU-T T.871).
 */
export function expandLuma(from: usize, to: usize, width: usize): void {
  for (let x: usize = 0; x < width; x += 16) {
    const samples = v128.load(from + x);
    const offset = i16x8.splat(16);
    const low = scale(i16x8.sub(i16x8.extend_low_i8x16_u(samples), offset), LUMA);
    const high = scale(i16x8.sub(i16x8.extend_high_i8x16_u(samples), offset), LUMA);
    v128.store(to + x, i8x16.narrow_i16x8_u(low, high));
  }
}

export function expandChroma(from: usize, to: usize, width: usize): void {
  const middle = i16x8.splat(128);
  for (let x: usize = 0; x < width; x += 16) {
    const samples = v128.load(from + x);
    const low = scale(i16x8.sub(i16x8.extend_low_i8x16_u(samples), middle), CHROMA);
    const high = scale(i16x8.sub(i16x8.extend_high_i8x16_u(samples), middle), CHROMA);
    v128.store(to + x, i8x16.narrow_i16x8_u(i16x8.add(low, middle), i16x8.add(high, middle)));
  }
}

/** 255 / 219 and 255 / 224 with 14 fractional bits. */
const LUMA: i16 = 19077;
const CHROMA: i16 = 18651;

/** Differences of less than 256 times a factor, rounded. */
function scale(differences: v128, factor: i16): v128 {
  // Six bits more, of which the product of fifteen fractional bits leaves five.
  const products = i16x8.q15mulr_sat_s(i16x8.shl(differences, 6), i16x8.splat(factor));
  return i16x8.shr_s(i16x8.add(products, i16x8.splat(16)), 5);
}
