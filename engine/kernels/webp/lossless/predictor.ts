/** Prediction of ARGB values from their neighbours (RFC 9649, §4.1). */

const BLACK: u32 = 0xff000000;

/** Sums of four channels, each modulo 256. */
export function addChannels(a: u32, b: u32): u32 {
  const odd = (a & 0xff00ff00) + (b & 0xff00ff00);
  const even = (a & 0x00ff00ff) + (b & 0x00ff00ff);
  return (odd & 0xff00ff00) | (even & 0x00ff00ff);
}

/** The first row of a picture: from black, then from the left. */
export function predictFirstRow(from: usize, to: usize, width: usize): void {
  store<u32>(to, addChannels(BLACK, load<u32>(from)));
  addLeft(from + 4, to + 4, to + width * 4);
}

/** The first value of any other row: from above. */
export function predictFirst(from: usize, above: usize, to: usize): void {
  store<u32>(to, addChannels(load<u32>(above), load<u32>(from)));
}

/**
 * Values from `to` to `end`, all by one mode, from differences at `from`; `above` is the row above. Neither
 * is the first of its row. Up to three values are written behind the end.
 */
export function predictRun(mode: u32, from: usize, above: usize, to: usize, end: usize): void {
  switch (mode) {
    case 1:
      return addLeft(from, to, end);
    case 2:
      return addVectors(from, above, above, to, end);
    case 3:
      return addVectors(from, above + 4, above + 4, to, end);
    case 4:
      return addVectors(from, above - 4, above - 4, to, end);
    case 5:
      return addMeans(from, above, above + 4, to, end);
    case 6:
      return addMeanOfLeft(from, above - 4, to, end);
    case 7:
      return addMeanOfLeft(from, above, to, end);
    case 8:
      return addVectors(from, above - 4, above, to, end);
    case 9:
      return addVectors(from, above, above + 4, to, end);
    case 10:
      return addMeanOfFour(from, above, to, end);
    case 11:
      return addSelected(from, above, to, end);
    case 12:
      return addGradient(from, above, to, end);
    case 13:
      return addHalfGradient(from, above, to, end);
    default:
      return addBlack(from, to, end);
  }
}

function addBlack(from: usize, to: usize, end: usize): void {
  for (; to < end; to += 16, from += 16) {
    v128.store(to, i8x16.add(v128.load(from), i32x4.splat(BLACK)));
  }
}

function addLeft(from: usize, to: usize, end: usize): void {
  let left = load<u32>(to - 4);
  for (; to < end; to += 4, from += 4) {
    left = addChannels(left, load<u32>(from));
    store<u32>(to, left);
  }
}

/** The means of two rows, which may be the same. */
function addVectors(from: usize, first: usize, second: usize, to: usize, end: usize): void {
  for (let i: usize = 0; to + i < end; i += 16) {
    const mean = meanOf(v128.load(first + i), v128.load(second + i));
    v128.store(to + i, i8x16.add(v128.load(from + i), mean));
  }
}

/** The means of bytes, rounded down. */
function meanOf(a: v128, b: v128): v128 {
  return i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)));
}

function meanOfTwo(a: u32, b: u32): u32 {
  return (((a ^ b) & 0xfefefefe) >> 1) + (a & b);
}

function addMeanOfLeft(from: usize, other: usize, to: usize, end: usize): void {
  let left = load<u32>(to - 4);
  for (let i: usize = 0; to + i < end; i += 4) {
    left = addChannels(meanOfTwo(left, load<u32>(other + i)), load<u32>(from + i));
    store<u32>(to + i, left);
  }
}

/** The mean of what is above and of the mean of left and `other`. */
function addMeans(from: usize, above: usize, other: usize, to: usize, end: usize): void {
  let left = load<u32>(to - 4);
  for (let i: usize = 0; to + i < end; i += 4) {
    const mean = meanOfTwo(meanOfTwo(left, load<u32>(other + i)), load<u32>(above + i));
    left = addChannels(mean, load<u32>(from + i));
    store<u32>(to + i, left);
  }
}

function addMeanOfFour(from: usize, above: usize, to: usize, end: usize): void {
  let left = load<u32>(to - 4);
  for (let i: usize = 0; to + i < end; i += 4) {
    const before = meanOfTwo(left, load<u32>(above + i - 4));
    const behind = meanOfTwo(load<u32>(above + i), load<u32>(above + i, 4));
    left = addChannels(meanOfTwo(before, behind), load<u32>(from + i));
    store<u32>(to + i, left);
  }
}

/** Above or left, whichever is nearer to left + above - upper left; above where both are. */
function addSelected(from: usize, above: usize, to: usize, end: usize): void {
  let left = load<u32>(to - 4);
  for (let i: usize = 0; to + i < end; i += 4) {
    const top = load<u32>(above + i);
    const corner = load<u32>(above + i - 4);
    const nearest = distance(left, corner) <= distance(top, corner) ? top : left;
    left = addChannels(nearest, load<u32>(from + i));
    store<u32>(to + i, left);
  }
}

/** The sum of the differences of all channels. */
function distance(a: u32, b: u32): u32 {
  const x = i32x4.replace_lane(i64x2.splat(0), 0, a);
  const y = i32x4.replace_lane(i64x2.splat(0), 0, b);
  const differences = i8x16.sub(i8x16.max_u(x, y), i8x16.min_u(x, y));
  const pairs = i16x8.extadd_pairwise_i8x16_u(differences);
  return i32x4.extract_lane(i32x4.extadd_pairwise_i16x8_u(pairs), 0);
}

/** Left + above - upper left, held within a byte. */
function addGradient(from: usize, above: usize, to: usize, end: usize): void {
  let left = wide(to - 4);
  let corner = wide(above - 4);
  for (let i: usize = 0; to + i < end; i += 4) {
    const top = wide(above + i);
    const gradient = i16x8.add(left, i16x8.sub(top, corner));
    left = storeSum(to + i, gradient, from + i);
    corner = top;
  }
}

/** The mean m of left and above, and half of m - upper left, rounded towards 0; held within a byte. */
function addHalfGradient(from: usize, above: usize, to: usize, end: usize): void {
  let left = wide(to - 4);
  let corner = wide(above - 4);
  for (let i: usize = 0; to + i < end; i += 4) {
    const top = wide(above + i);
    const mean = i16x8.shr_u(i16x8.add(left, top), 1);
    const slope = i16x8.sub(mean, corner);
    const half = i16x8.shr_s(i16x8.sub(slope, i16x8.shr_s(slope, 15)), 1);
    left = storeSum(to + i, i16x8.add(mean, half), from + i);
    corner = top;
  }
}

/** One value's channels in 16-bit lanes. */
function wide(at: usize): v128 {
  return i16x8.extend_low_i8x16_u(v128.load32_zero(at));
}

/** Stores a prediction, held within a byte, plus a difference; returns the sum as `wide` does. */
function storeSum(to: usize, prediction: v128, difference: usize): v128 {
  const held = i8x16.narrow_i16x8_u(prediction, prediction);
  const sum = i8x16.add(held, v128.load32_zero(difference));
  v128.store32_lane(to, sum, 0);
  return i16x8.extend_low_i8x16_u(sum);
}
