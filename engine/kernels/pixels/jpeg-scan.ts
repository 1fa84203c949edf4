/**
 * Decodes the blocks of a sequential JPEG scan (ITU-T T.81, annex F.2.2) straight to a smaller picture.
 *
 * A cell of n x n samples (n = 1, 2, 4) is the mean of the pixels it covers, and that mean is linear in
 * the coefficients: each non-zero coefficient adds its own pattern to the cell, so neither a block of
 * coefficients nor an inverse DCT exists. Only where n is 8 is the block transformed (jpeg-inverse.ts).
 *
 * Anything out of order in the data ends the decoding with an error; the caller has a decoder for that.
 *
 * `scan` is the caller's memory:
 *   0  u64  bits not yet used, highest first     8  i32  their number
 *  12  u32  address of the next word             16  3 x i32  last DC of each component
 *  28  u32  end of the words
 *  32  64 x (i32 position, i32 value)  the non-zero coefficients of one block
 */
import { inverseTransform } from "./jpeg-inverse";

const bitsAt: usize = 0;
const bitCountAt: usize = 8;
const nextAt: usize = 12;
const lastDcAt: usize = 16;
const endAt: usize = 28;
const listAt: usize = 32;

// A table is 1024 entries for the next ten bits; then, for longer codes, the limit of each length's
// codes (as sixteen bits), the offset to add for the index of the symbol, and the symbols.
const limitsAt: usize = 4096;
const offsetsAt: usize = 4164;
const symbolsAt: usize = 4232;

/**
 * Removes the zero stuffed after each FF, up to a marker, and turns the bytes round in each word, so
 * that a word can be loaded as it is read. `out` must lie at least 16 bytes below `from`. Returns the
 * address of the marker, or `end`; the number of bytes written goes to `lengthOut`.
 */
export function unstuff(from: usize, end: usize, out: usize, lengthOut: usize): usize {
  const start = out;
  const marks = i8x16.splat(-1);
  while (from < end) {
    if (from + 16 <= end) {
      const bytes = v128.load(from);
      v128.store(out, bytes);
      const found = i8x16.bitmask(i8x16.eq(bytes, marks));
      const plain: usize = found ? <usize>ctz(found) : 16;
      from += plain;
      out += plain;
      if (!found) continue;
    }
    const byte = load<u8>(from);
    if (byte == 0xff) {
      if (from + 1 >= end || load<u8>(from, 1) != 0) break;
      from++;
    }
    store<u8>(out, byte);
    from++;
    out++;
  }
  store<u32>(lengthOut, <u32>(out - start));
  store<u32>(out, 0);
  for (let at = start; at < out; at += 4) store<u32>(at, bswap(load<u32>(at)));
  return from;
}

/**
 * Decodes `count` MCUs of one row of MCUs, from the `first` on. `plan` has a record of eight words for
 * each block of an MCU: component, DC table, AC table, patterns, n, output address, stride and the bytes
 * from one MCU to the next. Returns whether the data were in order.
 */
export function decodeMcus(scan: usize, plan: usize, blocks: i32, first: i32, count: i32): bool {
  const list = scan + listAt;
  const end = load<u32>(scan, endAt);
  for (let mcu = first; mcu < first + count; mcu++) {
    let record = plan;
    for (let block = 0; block < blocks; block++) {
      const listEnd = decodeBlock(
        scan,
        load<u32>(record),
        load<u32>(record, 4),
        load<u32>(record, 8),
      );
      if (!listEnd) return false;
      const patterns = <usize>load<u32>(record, 12);
      const out = <usize>load<u32>(record, 20) + <usize>mcu * <usize>load<u32>(record, 28);
      const stride = <usize>load<u32>(record, 24);
      show(list, listEnd, patterns, load<i32>(record, 16), out, stride);
      record += 32;
    }
    if (load<u32>(scan, nextAt) > end) return false;
  }
  return true;
}

/** Shows a block's listed coefficients as `side` x `side` samples. */
export function show(
  list: usize,
  listEnd: usize,
  patterns: usize,
  side: i32,
  out: usize,
  stride: usize,
): void {
  if (side == 1) meanOne(list, patterns, out);
  else if (side == 2) meanTwo(list, listEnd, patterns, out, stride);
  else if (side == 4) meanFour(list, listEnd, patterns, out, stride);
  else inverseTransform(list, listEnd, patterns, out, stride);
}

/** Lists the block's non-zero coefficients by zigzag position and returns the list's end, or 0. */
function decodeBlock(scan: usize, component: usize, dcTable: usize, acTable: usize): usize {
  let bits = load<u64>(scan, bitsAt);
  let bitCount = load<i32>(scan, bitCountAt);
  let next = <usize>load<u32>(scan, nextAt);
  let list = scan + listAt;
  let table = dcTable;
  let position = 0;
  do {
    // No code with its bits is longer than 27, so one word is always enough.
    if (bitCount < 32) {
      bits |= (<u64>load<u32>(next)) << (32 - bitCount);
      bitCount += 32;
      next += 4;
    }
    let entry = load<i32>(table + ((<usize>(bits >> 54)) << 2));
    let value: i32;
    if (entry & 0x1000) {
      // The value's own bits follow the code.
      const length = entry & 0x1f;
      const size = (entry >> 16) & 0xf;
      value = extend(<i32>((bits << length) >> (64 - size)), size);
      bits <<= length + size;
      bitCount -= length + size;
    } else if (entry) {
      const length = entry & 0x1f;
      value = entry >> 16;
      bits <<= length;
      bitCount -= length;
    } else {
      const peek = <u32>(bits >> 48);
      let length = 11;
      while (length <= 16 && peek >= load<u32>(table + limitsAt + ((<usize>length) << 2))) length++;
      if (length > 16) return 0;
      const index =
        <i32>(peek >> (16 - length)) + load<i32>(table + offsetsAt + ((<usize>length) << 2));
      const symbol = load<u8>(table + symbolsAt + <usize>(index & 255));
      const size = symbol & 15;
      entry = (<i32>(symbol >> 4)) << 5;
      if (size == 0 && table == acTable && symbol != 0xf0) entry = 64 << 5;
      value = size ? extend(<i32>((bits << length) >> (64 - size)), size) : 0;
      bits <<= length + size;
      bitCount -= length + size;
    }
    position += (entry >> 5) & 0x7f;
    if (position > 63) {
      // The end-of-block code moves 64 on; anything else that leaves the block is an error.
      if (((entry >> 5) & 0x7f) != 64) return 0;
      break;
    }
    store<i32>(list, position);
    store<i32>(list, value, 4);
    list += 8;
    position++;
    table = acTable;
  } while (position < 64);

  const dc = load<i32>(scan + lastDcAt + component * 4) + load<i32>(scan, listAt + 4);
  store<i32>(scan + lastDcAt + component * 4, dc);
  store<i32>(scan, dc, listAt + 4);
  store<u64>(scan, bits, bitsAt);
  store<i32>(scan, bitCount, bitCountAt);
  store<u32>(scan, <u32>next, nextAt);
  return list;
}

/** The value of a coefficient's own bits (T.81, table F.12): below half, it is negative. */
function extend(own: i32, size: i32): i32 {
  return own < 1 << (size - 1) ? own - (1 << size) + 1 : own;
}

// Adding 1.5 * 2^23 leaves a float's rounded integer in its low bits; 128 undoes the level shift.
const roundAndShift: f32 = 12582912 + 128;

function meanOne(list: usize, patterns: usize, out: usize): void {
  const mean = <f32>load<i32>(list, 4) * load<f32>(patterns) + roundAndShift;
  store<u8>(out, clampByte(<i32>(<i16>reinterpret<i32>(mean))));
}

function clampByte(value: i32): i32 {
  return min(max(value, 0), 255);
}

function meanTwo(list: usize, listEnd: usize, patterns: usize, out: usize, stride: usize): void {
  let sum = f32x4.splat(roundAndShift);
  // Small terms are added up before the large constant, which would swallow their fractions.
  let terms = f32x4.splat(0);
  for (; list < listEnd; list += 8) {
    const value = f32x4.splat(<f32>load<i32>(list, 4));
    terms = f32x4.add(
      terms,
      f32x4.mul(value, v128.load(patterns + ((<usize>load<i32>(list)) << 4))),
    );
  }
  sum = f32x4.add(sum, terms);
  const bytes = toBytes(sum, sum, sum, sum);
  v128.store16_lane(out, bytes, 0);
  v128.store16_lane(out + stride, bytes, 1);
}

function meanFour(list: usize, listEnd: usize, patterns: usize, out: usize, stride: usize): void {
  let row0 = f32x4.splat(0);
  let row1 = f32x4.splat(0);
  let row2 = f32x4.splat(0);
  let row3 = f32x4.splat(0);
  for (; list < listEnd; list += 8) {
    const value = f32x4.splat(<f32>load<i32>(list, 4));
    const pattern = patterns + ((<usize>load<i32>(list)) << 6);
    row0 = f32x4.add(row0, f32x4.mul(value, v128.load(pattern)));
    row1 = f32x4.add(row1, f32x4.mul(value, v128.load(pattern, 16)));
    row2 = f32x4.add(row2, f32x4.mul(value, v128.load(pattern, 32)));
    row3 = f32x4.add(row3, f32x4.mul(value, v128.load(pattern, 48)));
  }
  const base = f32x4.splat(roundAndShift);
  const bytes = toBytes(
    f32x4.add(row0, base),
    f32x4.add(row1, base),
    f32x4.add(row2, base),
    f32x4.add(row3, base),
  );
  v128.store32_lane(out, bytes, 0);
  v128.store32_lane(out + stride, bytes, 1);
  v128.store32_lane(out + stride * 2, bytes, 2);
  v128.store32_lane(out + stride * 3, bytes, 3);
}

/** The low sixteen bits of each float, clamped to bytes. */
function toBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(lowHalves(a, b), lowHalves(c, d));
}

function lowHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29);
}
