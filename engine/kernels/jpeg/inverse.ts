/**
 * Inverse DCT of a whole block: the algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) in
 * libjpeg's 13-bit fixed point and so with libjpeg's results. One lane for each column, then each row.
 */
const constBits: i32 = 13;
const pass1Bits: i32 = 2;

/**
 * Transforms the 64 dequantised coefficients of `block` to 8 x 8 bytes and clears the block. `seen` is
 * the bitwise or of the byte offsets of the coefficients that are not zero, DC not counted: it tells the
 * blocks that are one flat colour, and those whose frequencies all lie in the lowest quarter, both of
 * which take much less work for the same result.
 */
export function showBlock(block: usize, seen: u32, out: usize, stride: usize): void {
  if (seen == 0) {
    const level = ((<i32>load<i16>(block) + 4) >> 3) + 128;
    const bytes = i8x16.splat(<i8>min(max(level, 0), 255));
    store<i16>(block, 0);
    for (let row = 0; row < 8; row++) {
      v128.store64_lane(out, bytes, 0);
      out += stride;
    }
    return;
  }
  // An offset is 16 times the row and twice the column: either is 4 or more.
  if (seen & 0x48) {
    transformLines(block, constBits - pass1Bits);
    transformLines(block, constBits + pass1Bits + 3);
  } else {
    transformQuarter(block);
  }
  const level = i8x16.splat(-128);
  for (let row: usize = 0; row < 8; row += 2) {
    const pair = i8x16.narrow_i16x8_s(v128.load(block + row * 16), v128.load(block + row * 16, 16));
    const bytes = v128.xor(pair, level);
    v128.store64_lane(out, bytes, 0);
    v128.store64_lane(out + stride, bytes, 1);
    out += stride * 2;
  }
  clear(block);
}

/** By stores, since `memory.fill` is a call out of the module. */
function clear(block: usize): void {
  const zero = i32x4.splat(0);
  v128.store(block, zero);
  v128.store(block, zero, 16);
  v128.store(block, zero, 32);
  v128.store(block, zero, 48);
  v128.store(block, zero, 64);
  v128.store(block, zero, 80);
  v128.store(block, zero, 96);
  v128.store(block, zero, 112);
}

/** Both directions, where only the four lowest frequencies of either are there. */
function transformQuarter(block: usize): void {
  const zero = i32x4.splat(0);
  const d0 = v128.load(block);
  const d1 = v128.load(block, 16);
  const d2 = v128.load(block, 32);
  const d3 = v128.load(block, 48);
  const first = constBits - pass1Bits;
  transformSparse(block, low(zero, d0), low(d2, zero), low(d3, d1), first, 0);
  const e0 = v128.load(block);
  const e1 = v128.load(block, 16);
  const e2 = v128.load(block, 32);
  const e3 = v128.load(block, 48);
  const second = constBits + pass1Bits + 3;
  transformSparse(block, low(zero, e0), low(e2, zero), low(e3, e1), second, 0);
  transformSparse(block, high(zero, e0), high(e2, zero), high(e3, e1), second, 64);
}

/** `transformHalf` without the upper four frequencies. `upper0` has those of index 0 in its upper halves. */
function transformSparse(
  block: usize,
  upper0: v128,
  pair20: v128,
  pair31: v128,
  shift: i32,
  at: usize,
): void {
  const even0 = i32x4.shr_s(upper0, 16 - constBits);
  const even2 = i32x4.dot_i16x8_s(pair20, weights(4433, 0));
  const even3 = i32x4.dot_i16x8_s(pair20, weights(4433 + 6270, 0));
  const base = i32x4.add(even0, i32x4.splat(1 << (shift - 1)));
  const odd0 = i32x4.dot_i16x8_s(pair31, weights(9633 - 16069, 9633 - 7373));
  const odd3 = i32x4.dot_i16x8_s(pair31, weights(9633, 9633 - 3196 + 12299 - 7373));
  const odd1 = i32x4.dot_i16x8_s(pair31, weights(9633 - 20995, 9633 - 3196));
  const odd2 = i32x4.dot_i16x8_s(pair31, weights(9633 - 16069 + 25172 - 20995, 9633));
  storeTransposed(
    block,
    i32x4.add(base, even3),
    i32x4.add(base, even2),
    i32x4.sub(base, even2),
    i32x4.sub(base, even3),
    odd0,
    odd1,
    odd2,
    odd3,
    shift,
    at,
  );
}

/** Transforms along the first index, then transposes, so that twice does both directions. */
function transformLines(block: usize, shift: i32): void {
  const d0 = v128.load(block);
  const d1 = v128.load(block, 16);
  const d2 = v128.load(block, 32);
  const d3 = v128.load(block, 48);
  const d4 = v128.load(block, 64);
  const d5 = v128.load(block, 80);
  const d6 = v128.load(block, 96);
  const d7 = v128.load(block, 112);
  transformHalf(
    block,
    low(d0, d4),
    low(d2, d6),
    low(d7, d1),
    low(d5, d3),
    low(i16x8.add(d7, d3), i16x8.add(d5, d1)),
    shift,
    0,
  );
  transformHalf(
    block,
    high(d0, d4),
    high(d2, d6),
    high(d7, d1),
    high(d5, d3),
    high(i16x8.add(d7, d3), i16x8.add(d5, d1)),
    shift,
    64,
  );
}

/** Four lanes of the transform; its eight results, as rows of the transposed block, go to `at`. */
function transformHalf(
  block: usize,
  pair04: v128,
  pair26: v128,
  pair71: v128,
  pair53: v128,
  sums: v128,
  shift: i32,
  at: usize,
): void {
  const one = 1 << constBits;
  const even0 = i32x4.dot_i16x8_s(pair04, weights(one, one));
  const even1 = i32x4.dot_i16x8_s(pair04, weights(one, -one));
  const even2 = i32x4.dot_i16x8_s(pair26, weights(4433, 4433 - 15137));
  const even3 = i32x4.dot_i16x8_s(pair26, weights(4433 + 6270, 4433));
  const half = i32x4.splat(1 << (shift - 1));
  const t10 = i32x4.add(i32x4.add(even0, even3), half);
  const t13 = i32x4.add(i32x4.sub(even0, even3), half);
  const t11 = i32x4.add(i32x4.add(even1, even2), half);
  const t12 = i32x4.add(i32x4.sub(even1, even2), half);

  const z3 = i32x4.dot_i16x8_s(sums, weights(9633 - 16069, 9633));
  const z4 = i32x4.dot_i16x8_s(sums, weights(9633, 9633 - 3196));
  const odd0 = i32x4.add(i32x4.dot_i16x8_s(pair71, weights(2446 - 7373, -7373)), z3);
  const odd3 = i32x4.add(i32x4.dot_i16x8_s(pair71, weights(-7373, 12299 - 7373)), z4);
  const odd1 = i32x4.add(i32x4.dot_i16x8_s(pair53, weights(16819 - 20995, -20995)), z4);
  const odd2 = i32x4.add(i32x4.dot_i16x8_s(pair53, weights(-20995, 25172 - 20995)), z3);

  storeTransposed(block, t10, t11, t12, t13, odd0, odd1, odd2, odd3, shift, at);
}

/** Sums and differences of the even and the odd part; their lanes, interleaved, are the transposed rows. */
function storeTransposed(
  block: usize,
  t10: v128,
  t11: v128,
  t12: v128,
  t13: v128,
  odd0: v128,
  odd1: v128,
  odd2: v128,
  odd3: v128,
  shift: i32,
  at: usize,
): void {
  const r04 = narrowPair(i32x4.add(t10, odd3), i32x4.sub(t13, odd0), shift);
  const r15 = narrowPair(i32x4.add(t11, odd2), i32x4.sub(t12, odd1), shift);
  const r26 = narrowPair(i32x4.add(t12, odd1), i32x4.sub(t11, odd2), shift);
  const r37 = narrowPair(i32x4.add(t13, odd0), i32x4.sub(t10, odd3), shift);
  const a = low(r04, r26);
  const b = high(r04, r26);
  const c = low(r15, r37);
  const d = high(r15, r37);
  // a: 0 2 of each lane, c: 1 3; b: 4 6, d: 5 7.
  const front01 = low(a, c);
  const front23 = high(a, c);
  const back01 = low(b, d);
  const back23 = high(b, d);
  v128.store(block + at, low64(front01, back01));
  v128.store(block + at, high64(front01, back01), 16);
  v128.store(block + at, low64(front23, back23), 32);
  v128.store(block + at, high64(front23, back23), 48);
}

function narrowPair(a: v128, b: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(a, shift), i32x4.shr_s(b, shift));
}

function weights(first: i32, second: i32): v128 {
  return i32x4.splat((first & 0xffff) | (second << 16));
}

function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

function low64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

function high64(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}
