/**
 * Inks (bytes, 255 is full) to opaque RGBA, where they lie, by a table of four-byte colours for `side`
 * levels of each ink, cyan varying fastest; what lies between sixteen colours is mixed of them.
 */
export function cmykToRgba(row: usize, width: i32, table: usize, side: i32): void {
  const steps = <f32>(side - 1) / 255;
  const magentaStep = <usize>side * 4;
  const yellowStep = magentaStep * side;
  const blackStep = yellowStep * side;
  for (let x = 0; x < width; x++) {
    const levels = f32x4.mul(
      f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v128.load8x8_u(row))),
      f32x4.splat(steps),
    );
    // The lower level of each ink; the highest is reached from the one below.
    const whole = i32x4.min_s(i32x4.trunc_sat_f32x4_s(levels), i32x4.splat(side - 2));
    const parts = f32x4.sub(levels, f32x4.convert_i32x4_s(whole));
    const at =
      table +
      <usize>i32x4.extract_lane(whole, 0) * 4 +
      <usize>i32x4.extract_lane(whole, 1) * magentaStep +
      <usize>i32x4.extract_lane(whole, 2) * yellowStep +
      <usize>i32x4.extract_lane(whole, 3) * blackStep;
    const below = mixThree(at, parts, magentaStep, yellowStep);
    const above = mixThree(at + blackStep, parts, magentaStep, yellowStep);
    const mixed = mix(below, above, f32x4.extract_lane(parts, 3));
    const integers = i32x4.trunc_sat_f32x4_s(f32x4.nearest(mixed));
    const words = i16x8.narrow_i32x4_s(integers, integers);
    const bytes = i8x16.narrow_i16x8_u(words, words);
    store<u32>(row, i32x4.extract_lane(bytes, 0) | 0xff000000);
    row += 4;
  }
}

function mixThree(at: usize, parts: v128, magentaStep: usize, yellowStep: usize): v128 {
  const below = mixTwo(at, parts, magentaStep);
  const above = mixTwo(at + yellowStep, parts, magentaStep);
  return mix(below, above, f32x4.extract_lane(parts, 2));
}

function mixTwo(at: usize, parts: v128, magentaStep: usize): v128 {
  const part = f32x4.extract_lane(parts, 0);
  const below = mix(colour(at), colour(at + 4), part);
  const above = mix(colour(at + magentaStep), colour(at + magentaStep + 4), part);
  return mix(below, above, f32x4.extract_lane(parts, 1));
}

function mix(a: v128, b: v128, part: f32): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), f32x4.splat(part)));
}

function colour(at: usize): v128 {
  const words = i16x8.extend_low_i8x16_u(v128.load32_zero(at));
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words));
}
