/**
 * Inverse DCT of a whole block: the algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) in
 * libjpeg's 13-bit fixed point and so with libjpeg's results. One lane for each column, then each row.
 */
const constBits: i32 = 13;
const pass1Bits: i32 = 2;

/**
 * Dequantises the listed coefficients, transforms them and writes 8 x 8 bytes. `tables` holds 64 i32
 * divisors by zigzag position, 64 bytes of natural indices, and 128 bytes for the block.
 */
export function inverseTransform(
  list: usize,
  listEnd: usize,
  tables: usize,
  out: usize,
  stride: usize,
): void {
  const block = tables + 320;
  memory.fill(block, 0, 128);
  for (let at = list; at < listEnd; at += 8) {
    const position = <usize>load<i32>(at);
    const value = load<i32>(at, 4) * load<i32>(tables + (position << 2));
    store<i16>(block + ((<usize>load<u8>(tables + 256 + position)) << 1), value);
  }
  transformLines(block, constBits - pass1Bits);
  transformLines(block, constBits + pass1Bits + 3);
  const level = i8x16.splat(-128);
  for (let row: usize = 0; row < 8; row += 2) {
    const pair = i8x16.narrow_i16x8_s(v128.load(block + row * 16), v128.load(block + row * 16, 16));
    const bytes = v128.xor(pair, level);
    v128.store64_lane(out, bytes, 0);
    v128.store64_lane(out + stride, bytes, 1);
    out += stride * 2;
  }
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

  // Pairs of results whose lanes, interleaved, are the rows of the transposed block.
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
