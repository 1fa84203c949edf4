/**
 * Resampling of one component: rows of bytes in, rows of signed samples (less 128) out, as the JPEG encoder
 * takes them. Vertical first, straight from the decoder's rows; then horizontal, over one line of 16-bit
 * numbers with six fractional bits. Weights have fourteen. Whole vectors are read and written.
 */
const weightBits: i32 = 14;
const fractionBits: i32 = 6;

/** Blends 2 x `pairs` rows, whose addresses `rows` holds, by as many weights, into a line. */
export function blendPlaneRows(
  rows: usize,
  weights: usize,
  pairs: i32,
  width: i32,
  line: usize,
): void {
  const half = i32x4.splat(1 << (weightBits - fractionBits - 1));
  const end = rows + ((<usize>pairs) << 3);
  for (let x: usize = 0; x < <usize>width; x += 16) {
    let sum0 = half;
    let sum1 = half;
    let sum2 = half;
    let sum3 = half;
    let weight = weights;
    for (let row = rows; row < end; row += 8) {
      const a = v128.load(<usize>load<u32>(row) + x);
      const b = v128.load(<usize>load<u32>(row, 4) + x);
      const pair = v128.load32_splat(weight);
      const low = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high = i8x16.shuffle(
        a,
        b,
        8,
        24,
        9,
        25,
        10,
        26,
        11,
        27,
        12,
        28,
        13,
        29,
        14,
        30,
        15,
        31,
      );
      sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), pair));
      sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), pair));
      sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), pair));
      sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), pair));
      weight += 4;
    }
    v128.store(line, narrowLine(sum0, sum1));
    v128.store(line, narrowLine(sum2, sum3), 16);
    line += 32;
  }
}

function narrowLine(low: v128, high: v128): v128 {
  const shift = weightBits - fractionBits;
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift));
}

/**
 * The horizontal pass over a line. For each output, `starts` holds the offset in bytes of its first
 * number, and `weights` 8 x `groups` weights. Writes whole groups of eight samples.
 */
export function convolvePlaneLine(
  line: usize,
  starts: usize,
  weights: usize,
  groups: i32,
  width: i32,
  samples: usize,
): void {
  const step = (<usize>groups) << 4;
  const shift = weightBits + fractionBits;
  const black = i16x8.splat(0);
  const white = i16x8.splat(255);
  const middle = i16x8.splat(128);
  for (let x = 0; x < width; x += 8) {
    const a = convolveFour(line, starts, weights, groups, step);
    const b = convolveFour(line, starts + 16, weights + step * 4, groups, step);
    const whole = i16x8.narrow_i32x4_s(i32x4.shr_s(a, shift), i32x4.shr_s(b, shift));
    v128.store(samples, i16x8.sub(i16x8.min_s(i16x8.max_s(whole, black), white), middle));
    starts += 32;
    weights += step * 8;
    samples += 16;
  }
}

/** Four outputs' sums, one in each lane, half a unit added. */
function convolveFour(line: usize, starts: usize, weights: usize, groups: i32, step: usize): v128 {
  const s0 = convolve(line + <usize>load<u32>(starts), weights, groups);
  const s1 = convolve(line + <usize>load<u32>(starts, 4), weights + step, groups);
  const s2 = convolve(line + <usize>load<u32>(starts, 8), weights + step * 2, groups);
  const s3 = convolve(line + <usize>load<u32>(starts, 12), weights + step * 3, groups);
  const p = i32x4.add(
    i8x16.shuffle(s0, s1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23),
    i8x16.shuffle(s0, s1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31),
  );
  const q = i32x4.add(
    i8x16.shuffle(s2, s3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23),
    i8x16.shuffle(s2, s3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31),
  );
  const sums = i32x4.add(
    i8x16.shuffle(p, q, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    i8x16.shuffle(p, q, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
  );
  return i32x4.add(sums, i32x4.splat(1 << (weightBits + fractionBits - 1)));
}

/** Four partial sums. */
function convolve(from: usize, weights: usize, groups: i32): v128 {
  let sum = i32x4.dot_i16x8_s(v128.load(from), v128.load(weights));
  for (let k = 1; k < groups; k++) {
    from += 16;
    weights += 16;
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(from), v128.load(weights)));
  }
  return sum;
}

/** Bytes to samples, where nothing is resampled. */
export function bytesToSamples(row: usize, width: i32, samples: usize): void {
  for (let x = 0; x < width; x += 8) {
    v128.store(samples, i16x8.sub(v128.load8x8_u(row), i16x8.splat(128)));
    row += 8;
    samples += 16;
  }
}

/** Samples to bytes; `row` may be `samples`. */
export function samplesToBytes(samples: usize, width: i32, row: usize): void {
  for (let x = 0; x < width; x += 16) {
    const low = i16x8.add(v128.load(samples), i16x8.splat(128));
    const high = i16x8.add(v128.load(samples, 16), i16x8.splat(128));
    v128.store(row, i8x16.narrow_i16x8_u(low, high));
    samples += 32;
    row += 16;
  }
}

/** `width` samples to bytes, each twice: the row is `2 * width` wide and may not be `samples`. */
export function samplesToPairs(samples: usize, width: i32, row: usize): void {
  for (let x = 0; x < width; x += 8) {
    const wide = i16x8.add(v128.load(samples), i16x8.splat(128));
    const bytes = i8x16.narrow_i16x8_u(wide, wide);
    v128.store(row, i8x16.shuffle(bytes, bytes, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
    samples += 16;
    row += 16;
  }
}

/** Repeats the last of `width` samples up to `paddedWidth`. */
export function padSamples(samples: usize, width: i32, paddedWidth: i32): void {
  const last = load<i16>(samples + ((<usize>width - 1) << 1));
  for (let x = width; x < paddedWidth; x++) store<i16>(samples + ((<usize>x) << 1), last);
}
