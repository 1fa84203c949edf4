/** Changes to RGBA pixels where they lie. Rows are handled one at a time, so any stride will do. */

/** Fills `width` pixels with one colour, given as it lies in memory (R first). */
export function fill(row: usize, width: i32, rgba: u32): void {
  for (let x = 0; x < width; x++) {
    store<u32>(row, rgba);
    row += 4;
  }
}

/**
 * Lays pixels over a background colour of its own alpha ("over", Porter and Duff 1984).
 * Over an opaque background the result is opaque.
 */
export function flatten(row: usize, width: i32, r: f32, g: f32, b: f32, a: f32): void {
  const under = f32x4(r, g, b, 0);
  for (let x = 0; x < width; x++) {
    const alpha = <f32>load<u8>(row, 3);
    if (alpha < 255) {
      const over = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v128.load8x8_u(row)));
      const rest = (a * (255 - alpha)) / 255;
      const total = alpha + rest;
      const share: f32 = total > 0 ? alpha / total : 0;
      const mixed = f32x4.add(
        f32x4.mul(over, f32x4.splat(share)),
        f32x4.mul(under, f32x4.splat(1 - share)),
      );
      store4(row, f32x4.replace_lane(mixed, 3, total));
    }
    row += 4;
  }
}

/** Replaces R, G and B by a 256-entry table. */
export function lookUp(row: usize, width: i32, table: usize): void {
  for (let x = 0; x < width; x++) {
    store<u8>(row, load<u8>(table + load<u8>(row)));
    store<u8>(row, load<u8>(table + load<u8>(row, 1)), 1);
    store<u8>(row, load<u8>(table + load<u8>(row, 2)), 2);
    row += 4;
  }
}

/** Moves each colour away from (amount above 1) or towards (below 1) its grey of equal luminance. */
export function saturate(row: usize, width: i32, amount: f32): void {
  const amounts = f32x4.splat(amount);
  for (let x = 0; x < width; x++) {
    const colour = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v128.load8x8_u(row)));
    // Luminance weights of sRGB (IEC 61966-2-1, ITU-R BT.709).
    const weighted = f32x4.mul(colour, f32x4(0.2126, 0.7152, 0.0722, 0));
    const grey =
      f32x4.extract_lane(weighted, 0) +
      f32x4.extract_lane(weighted, 1) +
      f32x4.extract_lane(weighted, 2);
    const greys = f32x4.splat(grey);
    const moved = f32x4.add(greys, f32x4.mul(f32x4.sub(colour, greys), amounts));
    store4(row, f32x4.replace_lane(moved, 3, <f32>load<u8>(row, 3)));
    row += 4;
  }
}

/** Unsharp mask: adds `amount` times what the blurred row lacks. Alpha stays. */
export function sharpen(row: usize, blurred: usize, width: i32, amount: f32): void {
  const amounts = f32x4(amount, amount, amount, 0);
  for (let x = 0; x < width; x++) {
    const sharp = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v128.load8x8_u(row)));
    const soft = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v128.load8x8_u(blurred)));
    store4(row, f32x4.add(sharp, f32x4.mul(f32x4.sub(sharp, soft), amounts)));
    row += 4;
    blurred += 4;
  }
}

/** Each byte to 255 less itself. */
export function invert(row: usize, width: i32): void {
  for (let x = 0; x < width; x++) {
    store<u32>(row, ~load<u32>(row));
    row += 4;
  }
}

function store4(row: usize, values: v128): void {
  const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(values));
  const words = i16x8.narrow_i32x4_s(whole, whole);
  v128.store32_lane(row, i8x16.narrow_i16x8_u(words, words), 0);
}
