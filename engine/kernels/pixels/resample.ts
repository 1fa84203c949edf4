/**
 * Separable resampling, row by row. The caller (engine/pixels/resize.ts) owns every buffer and decides
 * which rows are needed when, so no plane between the passes ever exists.
 *
 * Samples between the passes are signed 16-bit numbers with six fractional bits: enough that nothing is
 * lost, and enough headroom (x2) for the overshoot of a filter with negative lobes. Weights are signed
 * 16-bit with fourteen fractional bits. `i32x4.dot_i16x8_s` multiplies and adds pairs, so all come in
 * pairs: a "line" holds R R G G B B A A of pixels 2k and 2k + 1, and a "pair of rows" the same of a pixel
 * in rows 2k and 2k + 1. Whole vectors are read and written: everything has 32 bytes of slack.
 */
const fractionBits: i32 = 6;
const weightBits: i32 = 14;

/** RGBA bytes to a line. */
export function widen(row: usize, width: i32, line: usize): void {
  for (let x = 0; x < width; x += 4) {
    const pixels = zipPixels(v128.load(row));
    v128.store(line, i16x8.shl(i16x8.extend_low_i8x16_u(pixels), fractionBits));
    v128.store(line, i16x8.shl(i16x8.extend_high_i8x16_u(pixels), fractionBits), 16);
    row += 16;
    line += 32;
  }
}

/** RGBA bytes to a line whose colours are multiplied by their alpha. */
export function widenPremultiplied(row: usize, width: i32, line: usize): void {
  for (let x = 0; x < width; x += 4) {
    const pixels = v128.load(row);
    // The factor of each colour is its alpha; the factor of alpha itself is 255.
    const factors = v128.or(
      i8x16.shuffle(pixels, pixels, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15),
      i32x4.splat(0xff000000),
    );
    const zipped = zipPixels(pixels);
    const zippedFactors = zipPixels(factors);
    v128.store(line, scaleProducts(i16x8.extmul_low_i8x16_u(zipped, zippedFactors)));
    v128.store(line, scaleProducts(i16x8.extmul_high_i8x16_u(zipped, zippedFactors)), 16);
    row += 16;
    line += 32;
  }
}

function zipPixels(pixels: v128): v128 {
  return i8x16.shuffle(pixels, pixels, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
}

/** Products of two bytes to six fractional bits: times 64 / 255, as 16448 / 65536. */
function scaleProducts(products: v128): v128 {
  const scale = i16x8.splat(16448);
  const half = i32x4.splat(1 << 15);
  const low = i32x4.add(i32x4.extmul_low_i16x8_u(products, scale), half);
  const high = i32x4.add(i32x4.extmul_high_i16x8_u(products, scale), half);
  return i8x16.shuffle(low, high, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
}

/** Adds each run of `cellWidth` pixels of a line to its cell's four 32-bit sums. */
export function addToCells(line: usize, width: i32, cellWidth: i32, sums: usize): void {
  const both = i32x4.splat(0x00010001);
  const first = i32x4.splat(0x00000001);
  const second = i32x4.splat(0x00010000);
  for (let start = 0; start < width; start += cellWidth) {
    const end = min(start + cellWidth, width);
    let sum = v128.load(sums);
    let x = start;
    if (x & 1) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(line + ((<usize>(x - 1)) << 3)), second));
      x++;
    }
    for (; x + 1 < end; x += 2) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(line + ((<usize>x) << 3)), both));
    }
    if (x < end) {
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(line + ((<usize>x) << 3)), first));
    }
    v128.store(sums, sum);
    sums += 16;
  }
}

/** Cell sums to a line: times `share`, one over the pixels in a cell, or the last cell's own share. */
export function averageCells(
  sums: usize,
  cells: i32,
  share: f32,
  lastShare: f32,
  line: usize,
): void {
  for (let cell = 0; cell < cells; cell += 2) {
    const a = average(sums, cell == cells - 1 ? lastShare : share);
    const b = average(sums + 16, cell == cells - 2 ? lastShare : share);
    v128.store(line, zipFour(i16x8.narrow_i32x4_s(a, b)));
    sums += 32;
    line += 16;
  }
}

function average(sums: usize, share: f32): v128 {
  const mean = f32x4.mul(f32x4.convert_i32x4_u(v128.load(sums)), f32x4.splat(share));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(mean));
}

/** Four numbers and four more, in turn. */
function zipFour(values: v128): v128 {
  return i8x16.shuffle(values, values, 0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
}

/**
 * The horizontal pass over two lines, which become a pair of rows. For each output, `starts` holds the
 * offset in bytes of its first pair of pixels, and `weights` `pairs` pairs of weights.
 */
export function convolveRows(
  lineA: usize,
  lineB: usize,
  starts: usize,
  weights: usize,
  pairs: i32,
  width: i32,
  out: usize,
): void {
  const half = i32x4.splat(1 << (weightBits - 1));
  const zero = i32x4.splat(0);
  const lastTwo = (<usize>pairs & ~1) << 4;
  for (let x = 0; x < width; x++) {
    const start = <usize>load<u32>(starts);
    let a = lineA + start;
    let b = lineB + start;
    const end = a + lastTwo;
    let sumA = half;
    let sumB = half;
    let sumA2 = zero;
    let sumB2 = zero;
    while (a < end) {
      const w = v128.load32_splat(weights);
      const w2 = v128.load32_splat(weights, 4);
      sumA = i32x4.add(sumA, i32x4.dot_i16x8_s(v128.load(a), w));
      sumB = i32x4.add(sumB, i32x4.dot_i16x8_s(v128.load(b), w));
      sumA2 = i32x4.add(sumA2, i32x4.dot_i16x8_s(v128.load(a, 16), w2));
      sumB2 = i32x4.add(sumB2, i32x4.dot_i16x8_s(v128.load(b, 16), w2));
      a += 32;
      b += 32;
      weights += 8;
    }
    if (pairs & 1) {
      const w = v128.load32_splat(weights);
      sumA = i32x4.add(sumA, i32x4.dot_i16x8_s(v128.load(a), w));
      sumB = i32x4.add(sumB, i32x4.dot_i16x8_s(v128.load(b), w));
      weights += 4;
    }
    v128.store(out, zipFour(descale(i32x4.add(sumA, sumA2), i32x4.add(sumB, sumB2))));
    starts += 4;
    out += 16;
  }
}

/**
 * The vertical pass: `pairs` pairs of rows, given by a table of pointers, each pair times its weights.
 * The result is plain: R G B A of one pixel after the other.
 */
export function blendRows(rows: usize, weights: usize, pairs: i32, width: i32, out: usize): void {
  const half = i32x4.splat(1 << (weightBits - 1));
  const bytes = (<usize>width) << 4;
  const end = rows + ((<usize>pairs) << 2);
  for (let at: usize = 0; at < bytes; at += 64) {
    let sum0 = half;
    let sum1 = half;
    let sum2 = half;
    let sum3 = half;
    let weight = weights;
    for (let row = rows; row < end; row += 4) {
      const from = <usize>load<u32>(row) + at;
      const w = v128.load32_splat(weight);
      sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(v128.load(from), w));
      sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(v128.load(from, 16), w));
      sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(v128.load(from, 32), w));
      sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(v128.load(from, 48), w));
      weight += 4;
    }
    v128.store(out, descale(sum0, sum1));
    v128.store(out, descale(sum2, sum3), 16);
    out += 32;
  }
}

function descale(low: v128, high: v128): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, weightBits), i32x4.shr_s(high, weightBits));
}

/** What `blendRows` gives to RGBA bytes, rounded and clamped. */
export function narrow(line: usize, width: i32, row: usize): void {
  for (let x = 0; x < width; x += 4) {
    v128.store(row, i8x16.narrow_i16x8_u(round(v128.load(line)), round(v128.load(line, 16))));
    row += 16;
    line += 32;
  }
}

function round(values: v128): v128 {
  return i16x8.shr_s(i16x8.add_sat_s(values, i16x8.splat(32)), fractionBits);
}

/** The same where colours are multiplied by their alpha, to straight RGBA bytes. */
export function narrowUnpremultiplied(line: usize, width: i32, row: usize): void {
  for (let x = 0; x < width; x++) {
    const values = f32x4.convert_i32x4_s(v128.load16x4_s(line));
    const alpha = f32x4.extract_lane(values, 3);
    // A pixel of no alpha has no colour; overshoot may also have made alpha negative.
    const share: f32 = alpha > 0 ? 255 / alpha : 0;
    const scaled = f32x4.mul(values, f32x4.splat(share));
    const straight = f32x4.replace_lane(scaled, 3, alpha * (1.0 / 64.0));
    const whole = i32x4.trunc_sat_f32x4_s(f32x4.nearest(straight));
    const words = i16x8.narrow_i32x4_s(whole, whole);
    v128.store32_lane(row, i8x16.narrow_i16x8_u(words, words), 0);
    row += 4;
    line += 8;
  }
}

/** Writes a row of RGBA with its pixels `pixelStride` bytes apart (negative: mirrored; large: a column). */
export function place(row: usize, width: i32, target: usize, pixelStride: i32): void {
  if (pixelStride == 4) {
    memory.copy(target, row, <usize>width * 4);
    return;
  }
  for (let x = 0; x < width; x++) {
    store<u32>(target, load<u32>(row));
    row += 4;
    target += pixelStride;
  }
}
