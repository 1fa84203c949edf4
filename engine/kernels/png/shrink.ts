/**
 * Box averages of RGBA pixels by a whole factor up to 16, summed row by row: 32 bits a channel hold
 * 16 × 16 premultiplied pixels, and so does a float's mantissa when the sum is divided.
 * Colours of pictures with alpha are weighted by it, so that what is hidden does not bleed into what shows.
 */

/** Adds one row of `width` pixels into sums of 16 bytes for each `factor` of them. */
export function addRow(from: usize, sums: usize, width: u32, factor: u32, hasAlpha: bool): void {
  let x: u32 = 0;
  let at = sums;
  while (x < width) {
    const end = min(x + factor, width);
    const sum = hasAlpha ? sumWeighted(from, x, end) : sumPlain(from, x, end);
    v128.store(at, i32x4.add(v128.load(at), sum));
    x = end;
    at += 16;
  }
}

function sumPlain(from: usize, start: u32, end: u32): v128 {
  let x = start;
  let pairs = i64x2.splat(0);
  for (; x + 2 <= end; x += 2) {
    pairs = i16x8.add(pairs, v128.load_ext<u8>(from + ((x as usize) << 2)));
  }
  let sum = i32x4.add(i32x4.extend_low_i16x8_u(pairs), i32x4.extend_high_i16x8_u(pairs));
  if (x < end) sum = i32x4.add(sum, pixelAt(from + ((x as usize) << 2)));
  return sum;
}

function sumWeighted(from: usize, start: u32, end: u32): v128 {
  let sum = i64x2.splat(0);
  for (let x = start; x < end; x++) {
    sum = i32x4.add(sum, weighted(pixelAt(from + ((x as usize) << 2))));
  }
  return sum;
}

function pixelAt(at: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
}

/** Red, green and blue times alpha; alpha itself once. */
function weighted(pixel: v128): v128 {
  const alpha = i32x4.shuffle(pixel, i32x4.splat(1), 3, 3, 3, 4);
  return i32x4.mul(pixel, alpha);
}

/** The pixels of one interlaced row, `gap` apart from `x0`, each into its own box. */
export function addScattered(
  from: usize,
  sums: usize,
  count: u32,
  x0: u32,
  gap: u32,
  factor: u32,
  hasAlpha: bool,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const pixel = pixelAt(from + ((i as usize) << 2));
    const at = sums + (((x0 + i * gap) / factor) << 4);
    v128.store(at, i32x4.add(v128.load(at), hasAlpha ? weighted(pixel) : pixel));
  }
}

/** Sums of one row of boxes to pixels. `to` may be `sums`: it is written behind what is read. */
export function divideRow(
  sums: usize,
  to: usize,
  width: u32,
  factor: u32,
  rows: u32,
  hasAlpha: bool,
): void {
  let x: u32 = 0;
  for (let at: usize = 0; x < width; at++, x += factor) {
    const count = (min(factor, width - x) * rows) as f32;
    const sum = f32x4.convert_i32x4_u(v128.load(sums + (at << 4)));
    const alphaSum = f32x4.extract_lane(sum, 3);
    let weight = f32x4.splat(1 / count);
    if (hasAlpha) {
      const share: f32 = alphaSum > 0 ? 1 / alphaSum : 0;
      weight = f32x4.replace_lane(f32x4.splat(share), 3, 1 / count);
    }
    const rounded = i32x4.trunc_sat_f32x4_u(f32x4.add(f32x4.mul(sum, weight), f32x4.splat(0.5)));
    const narrow = i16x8.narrow_i32x4_u(rounded, rounded);
    v128.store32_lane(to + (at << 2), i8x16.narrow_i16x8_u(narrow, narrow), 0);
  }
}

/**
 * Means of 2 × 2 opaque pixels, ties rounded up: what `addRow` and `divideRow` make of them, without the sums. `above`
 * and `below` may be one row. A last odd pixel is its own neighbour.
 */
export function halveRows(above: usize, below: usize, width: u32, to: usize): void {
  repeatLast(above, width);
  repeatLast(below, width);
  const end = (width as usize) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const upper = v128.load(above + at);
    const lower = v128.load(below + at);
    const first = i16x8.add(i16x8.extend_low_i8x16_u(upper), i16x8.extend_low_i8x16_u(lower));
    const second = i16x8.add(i16x8.extend_high_i8x16_u(upper), i16x8.extend_high_i8x16_u(lower));
    const even = v128.shuffle<i64>(first, second, 0, 2);
    const odd = v128.shuffle<i64>(first, second, 1, 3);
    const sum = i16x8.add(i16x8.add(even, odd), i16x8.splat(2));
    const means = i16x8.shr_u(sum, 2);
    v128.store64_lane(to + (at >> 1), i8x16.narrow_i16x8_u(means, means), 0);
  }
}

function repeatLast(row: usize, width: u32): void {
  const end = row + ((width as usize) << 2);
  if (width & 1) store<u32>(end, load<u32>(end - 4));
}
