/**
 * Forward DCT and quantisation: the algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) in
 * libjpeg's 13-bit fixed point, so that equal settings give equal coefficients.
 * Eight rows (or columns) are transformed at once, one in each lane.
 */
const constBits: i32 = 13;
const pass1Bits: i32 = 2;

/**
 * Transforms and quantises `count` blocks of a plane, `step` bytes apart, into 64 coefficients each,
 * `outStep` bytes apart, in natural (not zigzag) order. `scales` holds 64 floats, `1 / (8 * divisor)`.
 */
export function transformBlocks(
  plane: usize,
  stride: usize,
  step: usize,
  count: i32,
  scales: usize,
  out: usize,
  outStep: usize,
): void {
  for (let block = 0; block < count; block++) {
    for (let row: usize = 0; row < 8; row++) {
      v128.store(out + row * 16, v128.load(plane + row * stride));
    }
    transformLines(out, true);
    transformLines(out, false);
    quantise(out, scales);
    plane += step;
    out += outStep;
  }
}

/** The block's DC repeats the one before it and its AC is zero: how a block outside the picture costs least. */
export function padBlocks(block: usize, count: i32, step: usize): void {
  for (let k = 0; k < count; k++) {
    memory.fill(block, 0, 128);
    store<i16>(block, load<i16>(block - 128));
    block += step;
  }
}

/** Transposes the block, then transforms along the first index. */
function transformLines(block: usize, first: bool): void {
  const a0 = v128.load(block);
  const a1 = v128.load(block, 16);
  const a2 = v128.load(block, 32);
  const a3 = v128.load(block, 48);
  const a4 = v128.load(block, 64);
  const a5 = v128.load(block, 80);
  const a6 = v128.load(block, 96);
  const a7 = v128.load(block, 112);

  const b0 = zipLow16(a0, a1);
  const b1 = zipHigh16(a0, a1);
  const b2 = zipLow16(a2, a3);
  const b3 = zipHigh16(a2, a3);
  const b4 = zipLow16(a4, a5);
  const b5 = zipHigh16(a4, a5);
  const b6 = zipLow16(a6, a7);
  const b7 = zipHigh16(a6, a7);

  const c0 = zipLow32(b0, b2);
  const c1 = zipHigh32(b0, b2);
  const c2 = zipLow32(b1, b3);
  const c3 = zipHigh32(b1, b3);
  const c4 = zipLow32(b4, b6);
  const c5 = zipHigh32(b4, b6);
  const c6 = zipLow32(b5, b7);
  const c7 = zipHigh32(b5, b7);

  const d0 = zipLow64(c0, c4);
  const d1 = zipHigh64(c0, c4);
  const d2 = zipLow64(c1, c5);
  const d3 = zipHigh64(c1, c5);
  const d4 = zipLow64(c2, c6);
  const d5 = zipHigh64(c2, c6);
  const d6 = zipLow64(c3, c7);
  const d7 = zipHigh64(c3, c7);

  transformEven(
    block,
    i16x8.add(d0, d7),
    i16x8.add(d1, d6),
    i16x8.add(d2, d5),
    i16x8.add(d3, d4),
    first,
  );
  transformOdd(
    block,
    i16x8.sub(d3, d4),
    i16x8.sub(d2, d5),
    i16x8.sub(d1, d6),
    i16x8.sub(d0, d7),
    first,
  );
}

function transformEven(block: usize, t0: v128, t1: v128, t2: v128, t3: v128, first: bool): void {
  const sum03 = i16x8.add(t0, t3);
  const sum12 = i16x8.add(t1, t2);
  const total = i16x8.add(sum03, sum12);
  const difference = i16x8.sub(sum03, sum12);
  if (first) {
    v128.store(block, i16x8.shl(total, pass1Bits));
    v128.store(block, i16x8.shl(difference, pass1Bits), 64);
  } else {
    const half = i16x8.splat(2);
    v128.store(block, i16x8.shr_s(i16x8.add(total, half), pass1Bits));
    v128.store(block, i16x8.shr_s(i16x8.add(difference, half), pass1Bits), 64);
  }
  // cos(3π/8)·√2 = 4433 and its companions 6270 and 15137, in 2^-13.
  const low = zipLow16(i16x8.sub(t0, t3), i16x8.sub(t1, t2));
  const high = zipHigh16(i16x8.sub(t0, t3), i16x8.sub(t1, t2));
  v128.store(block, rotate(low, high, pair(4433 + 6270, 4433), first), 32);
  v128.store(block, rotate(low, high, pair(4433, 4433 - 15137), first), 96);
}

function transformOdd(block: usize, t4: v128, t5: v128, t6: v128, t7: v128, first: bool): void {
  const z3 = i16x8.add(t4, t6);
  const z4 = i16x8.add(t5, t7);
  const zLow = zipLow16(z3, z4);
  const zHigh = zipHigh16(z3, z4);
  const z3Weights = pair(9633 - 16069, 9633);
  const z4Weights = pair(9633, 9633 - 3196);
  const z3Low = i32x4.dot_i16x8_s(zLow, z3Weights);
  const z3High = i32x4.dot_i16x8_s(zHigh, z3Weights);
  const z4Low = i32x4.dot_i16x8_s(zLow, z4Weights);
  const z4High = i32x4.dot_i16x8_s(zHigh, z4Weights);

  const low47 = zipLow16(t4, t7);
  const high47 = zipHigh16(t4, t7);
  const low56 = zipLow16(t5, t6);
  const high56 = zipHigh16(t5, t6);
  v128.store(block, rotateAdd(low47, high47, pair(-7373, 12299 - 7373), z4Low, z4High, first), 16);
  v128.store(
    block,
    rotateAdd(low56, high56, pair(-20995, 25172 - 20995), z3Low, z3High, first),
    48,
  );
  v128.store(
    block,
    rotateAdd(low56, high56, pair(16819 - 20995, -20995), z4Low, z4High, first),
    80,
  );
  v128.store(block, rotateAdd(low47, high47, pair(2446 - 7373, -7373), z3Low, z3High, first), 112);
}

function pair(first: i32, second: i32): v128 {
  return i32x4.splat((first & 0xffff) | (second << 16));
}

function rotate(low: v128, high: v128, weights: v128, first: bool): v128 {
  return descale(i32x4.dot_i16x8_s(low, weights), i32x4.dot_i16x8_s(high, weights), first);
}

function rotateAdd(
  low: v128,
  high: v128,
  weights: v128,
  addLow: v128,
  addHigh: v128,
  first: bool,
): v128 {
  return descale(
    i32x4.add(i32x4.dot_i16x8_s(low, weights), addLow),
    i32x4.add(i32x4.dot_i16x8_s(high, weights), addHigh),
    first,
  );
}

function descale(low: v128, high: v128, first: bool): v128 {
  const bits = first ? constBits - pass1Bits : constBits + pass1Bits;
  const half = i32x4.splat(1 << (bits - 1));
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(low, half), bits),
    i32x4.shr_s(i32x4.add(high, half), bits),
  );
}

/**
 * Divides and rounds halves away from zero. Each scale is a millionth too large, so that a tie lies
 * just beyond the half; adding 1.5 * 2^23 then leaves the rounded integer in the low bits of the float.
 */
function quantise(block: usize, scales: usize): void {
  const magic = f32x4.splat(12582912);
  for (let row: usize = 0; row < 8; row++) {
    const values = v128.load(block + row * 16);
    const low = f32x4.mul(
      f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(values)),
      v128.load(scales + row * 32),
    );
    const high = f32x4.mul(
      f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(values)),
      v128.load(scales + row * 32, 16),
    );
    const integers = i8x16.shuffle(
      f32x4.add(low, magic),
      f32x4.add(high, magic),
      0,
      1,
      4,
      5,
      8,
      9,
      12,
      13,
      16,
      17,
      20,
      21,
      24,
      25,
      28,
      29,
    );
    v128.store(block + row * 16, integers);
  }
}

function zipLow16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}
function zipHigh16(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}
function zipLow32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}
function zipHigh32(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}
function zipLow64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}
function zipHigh64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
