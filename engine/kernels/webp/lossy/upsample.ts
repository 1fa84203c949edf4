/**
 * Rows of planes to RGBA, with the bits that libwebp gives: chroma is interpolated with weights of 9, 3, 3
 * and 1 sixteenths, in two roundings, and colours come from products of which the lowest 8 bits are dropped.
 */

/**
 * One row of `width` pixels. `near` and `far` are the chroma rows that the row lies between, the nearer one
 * first; `alpha` is 0 where all is opaque. `u` and `v` get chroma at full width. Buffers have `SLACK` behind.
 */
export function drawRow(
  y: usize,
  nearU: usize,
  nearV: usize,
  farU: usize,
  farV: usize,
  u: usize,
  v: usize,
  alpha: usize,
  to: usize,
  width: usize,
): void {
  interpolate(nearU, farU, u, width);
  interpolate(nearV, farV, v, width);
  for (let x: usize = 0; x < width; x += 16) {
    const lumas = v128.load(y + x);
    const us = v128.load(u + x);
    const vs = v128.load(v + x);
    const opacity = alpha != 0 ? v128.load(alpha + x) : i8x16.splat(-1);
    const at = to + (x << 2);
    drawEight(
      i16x8.extend_low_i8x16_u(lumas),
      i16x8.extend_low_i8x16_u(us),
      i16x8.extend_low_i8x16_u(vs),
      opacity,
      at,
    );
    drawEight(
      i16x8.extend_high_i8x16_u(lumas),
      i16x8.extend_high_i8x16_u(us),
      i16x8.extend_high_i8x16_u(vs),
      i64x2.shuffle(opacity, opacity, 1, 1),
      at + 32,
    );
  }
}

/** Chroma of one row at full width: the first and, if `width` is even, the last sample have no neighbour. */
function interpolate(near: usize, far: usize, to: usize, width: usize): void {
  const last = (width - 1) >> 1;
  store<u8>(to, mix(load<u8>(near), load<u8>(far)));
  for (let x: usize = 0; x < last; x += 8) {
    const nearLeft = v128.load_ext<u8>(near + x);
    const nearRight = v128.load_ext<u8>(near + x, 1);
    const farLeft = v128.load_ext<u8>(far + x);
    const farRight = v128.load_ext<u8>(far + x, 1);
    // The sum of all four, and of the two on one diagonal twice more.
    const sum = i16x8.add(i16x8.add(nearLeft, nearRight), i16x8.add(farLeft, farRight));
    const rounded = i16x8.add(sum, i16x8.splat(8));
    const left = diagonal(rounded, nearRight, farLeft, nearLeft);
    const right = diagonal(rounded, nearLeft, farRight, nearRight);
    const both = v128.or(left, i16x8.shl(right, 8));
    v128.store(to + 2 * x, both, 1);
  }
  if ((width & 1) == 0) {
    store<u8>(to + width - 1, mix(load<u8>(near + last), load<u8>(far + last)));
  }
}

function mix(near: u32, far: u32): u32 {
  return (3 * near + far + 2) >> 2;
}

function diagonal(sum: v128, a: v128, b: v128, nearest: v128): v128 {
  const mean = i16x8.shr_u(i16x8.add(sum, i16x8.shl(i16x8.add(a, b), 1)), 3);
  return i16x8.shr_u(i16x8.add(mean, nearest), 1);
}

/** Eight pixels in 16-bit lanes; `opacity` has theirs in its low bytes. */
function drawEight(y: v128, u: v128, v: v128, opacity: v128, at: usize): void {
  const luma = times(y, 19077);
  const red = i16x8.add(i16x8.sub(luma, i16x8.splat(14234)), times(v, 26149));
  const green = i16x8.sub(
    i16x8.sub(i16x8.add(luma, i16x8.splat(8708)), times(u, 6419)),
    times(v, 13320),
  );
  // Both terms fit 16 bits; their sum may not, and then is white.
  const blue = i16x8.add_sat_s(luma, i16x8.sub(times(u, 33050 - 0x10000), i16x8.splat(17685)));
  const redBlue = i8x16.narrow_i16x8_u(i16x8.shr_s(red, 6), i16x8.shr_s(blue, 6));
  const greens = i16x8.shr_s(green, 6);
  const greenAlpha = i64x2.shuffle(i8x16.narrow_i16x8_u(greens, greens), opacity, 0, 2);
  v128.store(
    at,
    i8x16.shuffle(redBlue, greenAlpha, 0, 16, 8, 24, 1, 17, 9, 25, 2, 18, 10, 26, 3, 19, 11, 27),
  );
  v128.store(
    at,
    i8x16.shuffle(redBlue, greenAlpha, 4, 20, 12, 28, 5, 21, 13, 29, 6, 22, 14, 30, 7, 23, 15, 31),
    16,
  );
}

/** Unsigned lanes below 256 times an unsigned factor, less the lowest 8 bits. */
function times(lanes: v128, factor: i32): v128 {
  const factors = i16x8.splat(factor as i16);
  const low = i32x4.extmul_low_i16x8_u(lanes, factors);
  const high = i32x4.extmul_high_i16x8_u(lanes, factors);
  return i8x16.shuffle(low, high, 1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22, 25, 26, 29, 30);
}
