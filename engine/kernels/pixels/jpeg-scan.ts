/**
 * Decodes the blocks of a sequential JPEG scan (ITU-T T.81, annex F.2.2) straight to samples at 1/8, 1/4,
 * 1/2 or all of their size. Entropy decoding and transform are one loop: no list of coefficients exists.
 *
 * A cell of n x n samples (n = 1, 2, 4) is a sum of patterns, one for each coefficient that is not zero and
 * that a cell so small can show; the sums stay in registers. Only where n is 8 is there a block of
 * coefficients, which inverse.ts transforms.
 *
 * Anything out of order in the data ends the decoding with an error; the caller has a decoder for that.
 *
 * `scan` is the caller's memory:
 *   0  u64  bits not yet used, highest first     8  i32  their number
 *  12  u32  address of the next word             16  4 x i32  last DC of each component
 *  36  u32  end of the words
 */
import { meanByte, storeFour, storeTwo } from "../jpeg/cells";
import { endCodeAt, endLengthAt, extend, longCode, skipsAt, skipsToEnd } from "../jpeg/codes";
import { showBlock } from "../jpeg/inverse";

const bitsAt: usize = 0;
const bitCountAt: usize = 8;
const nextAt: usize = 12;
const lastDcAt: usize = 16;
const endAt: usize = 36;

/** An entry of a table: the value's own bits follow the code; the end of the block follows the value. */
const hasOwnBits: i32 = 0x1000;
const endsAfter: i32 = 0x2000;

// Patterns of cells smaller than 8: a u64 of the positions that are shown, then f32s by position.
const patternsAt: usize = 16;

/**
 * Removes the zero stuffed after each FF, up to a marker, and reverses the bytes of each word, so
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
 * Decodes `count` MCUs of one row of MCUs, from the `first` on; those from `shownFrom` up to `shownEnd`
 * become samples, the others are only read. `plan` has a record of eight words for each block of an MCU:
 * component, DC table, AC table, patterns, n, output address, stride and the bytes from one MCU to the next.
 * Returns whether the data were in order.
 */
export function decodeMcus(
  scan: usize,
  plan: usize,
  blocks: i32,
  first: i32,
  count: i32,
  shownFrom: i32,
  shownEnd: i32,
): bool {
  const end = load<u32>(scan, endAt);
  for (let mcu = first; mcu < first + count; mcu++) {
    const isShown = mcu >= shownFrom && mcu < shownEnd;
    let record = plan;
    for (let block = 0; block < blocks; block++) {
      const out = <usize>load<u32>(record, 20) + <usize>mcu * <usize>load<u32>(record, 28);
      const side = isShown ? load<i32>(record, 16) : 0;
      let inOrder: bool;
      if (side == 8) inOrder = decodeBlock<u64>(scan, record, out);
      else if (side == 4) inOrder = decodeBlock<u32>(scan, record, out);
      else if (side == 2) inOrder = decodeBlock<u16>(scan, record, out);
      else if (side == 1) inOrder = decodeBlock<u8>(scan, record, out);
      else inOrder = decodeBlock<f32>(scan, record, out);
      if (!inOrder) return false;
      record += 32;
    }
    if (load<u32>(scan, nextAt) > end) return false;
  }
  return true;
}

/** One block. `Row` is as many bytes as a row of its cell has; a float shows nothing. */
function decodeBlock<Row>(scan: usize, record: usize, out: usize): bool {
  const acTable = <usize>load<u32>(record, 8);
  const patterns = <usize>load<u32>(record, 12);
  const stride = <usize>load<u32>(record, 24);
  let bits = load<u64>(scan, bitsAt);
  let bitCount = load<i32>(scan, bitCountAt);
  let next = <usize>load<u32>(scan, nextAt);
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  let seen: u32 = 0;

  // No code with its bits is longer than 27, so one word is always enough.
  if (bitCount < 32) {
    bits |= (<u64>load<u32>(next)) << (32 - bitCount);
    bitCount += 32;
    next += 4;
  }
  const dcTable = <usize>load<u32>(record, 4);
  const dcEntry = load<i32>(dcTable + ((<usize>(bits >> 54)) << 2));
  let dc = dcEntry >> 16;
  if (dcEntry && !(dcEntry & hasOwnBits)) {
    bits <<= dcEntry & 0x1f;
    bitCount -= dcEntry & 0x1f;
  } else {
    let length = dcEntry & 0x1f;
    let size = dc & 0xf;
    if (!dcEntry) {
      const long = longCode(dcTable, <u32>(bits >> 48));
      if (long < 0) return false;
      length = long >> 8;
      size = long & 15;
    }
    dc = size ? extend(<i32>((bits << length) >> (64 - size)), size) : 0;
    bits <<= length + size;
    bitCount -= length + size;
  }
  const last = scan + lastDcAt + ((<usize>load<u32>(record)) << 2);
  dc += load<i32>(last);
  store<i32>(last, dc);
  if (!isFloat<Row>()) {
    if (sizeof<Row>() == 8) {
      store<i16>(patterns + 256, dc * <i32>(load<u32>(patterns) & 0xffff));
    } else if (sizeof<Row>() == 4) {
      const factor = f32x4.splat(<f32>dc);
      sum0 = f32x4.mul(factor, v128.load(patterns, patternsAt));
      sum1 = f32x4.mul(factor, v128.load(patterns, patternsAt + 16));
      sum2 = f32x4.mul(factor, v128.load(patterns, patternsAt + 32));
      sum3 = f32x4.mul(factor, v128.load(patterns, patternsAt + 48));
    } else if (sizeof<Row>() == 2) {
      sum0 = f32x4.mul(f32x4.splat(<f32>dc), v128.load(patterns, patternsAt));
    }
  }
  let shown: u64 = 0;
  if (!isFloat<Row>() && (sizeof<Row>() == 4 || sizeof<Row>() == 2)) shown = load<u64>(patterns);

  // From here on nothing is shown any more.
  const hiddenFrom = 64 - <i32>clz(shown);
  let position = 1;
  do {
    if (bitCount < 32) {
      bits |= (<u64>load<u32>(next)) << (32 - bitCount);
      bitCount += 32;
      next += 4;
    }
    if (sizeof<Row>() != 8 && position >= hiddenFrom) {
      const skip = load<u32>(acTable + ((<usize>(bits >> 54)) << 2), skipsAt);
      const after = position + ((skip >> 5) & 0x7f);
      // A block that may be full, or too full, is looked at code by code.
      if (skip && after < 64) {
        bits <<= skip & 0x1f;
        bitCount -= skip & 0x1f;
        position = after;
        if (skip & skipsToEnd) break;
        continue;
      }
    }
    let entry = load<i32>(acTable + ((<usize>(bits >> 54)) << 2));
    let value = entry >> 16;
    if (entry & hasOwnBits) {
      const length = entry & 0x1f;
      const size = value & 0xf;
      value = extend(<i32>((bits << length) >> (64 - size)), size);
      bits <<= length + size;
      bitCount -= length + size;
    } else if (entry) {
      const length = entry & 0x1f;
      bits <<= length;
      bitCount -= length;
    } else {
      const long = longCode(acTable, <u32>(bits >> 48));
      if (long < 0) return false;
      const length = long >> 8;
      const symbol = long & 0xff;
      const size = symbol & 15;
      entry = (size == 0 && symbol != 0xf0 ? 64 : symbol >> 4) << 5;
      value = size ? extend(<i32>((bits << length) >> (64 - size)), size) : 0;
      bits <<= length + size;
      bitCount -= length + size;
    }
    position += (entry >> 5) & 0x7f;
    if (position > 63) {
      // The end-of-block code moves 64 on; anything else that leaves the block is an error.
      if (((entry >> 5) & 0x7f) != 64) return false;
      break;
    }
    if (!isFloat<Row>()) {
      if (sizeof<Row>() == 8) {
        const weight = load<u32>(patterns + ((<usize>position) << 2));
        store<i16>(patterns + 256 + (weight >> 16), value * <i32>(weight & 0xffff));
        seen |= weight;
      } else if (sizeof<Row>() == 4) {
        if ((shown >> position) & 1) {
          const factor = f32x4.splat(<f32>value);
          const pattern = patterns + ((<usize>position) << 6);
          sum0 = f32x4.add(sum0, f32x4.mul(factor, v128.load(pattern, patternsAt)));
          sum1 = f32x4.add(sum1, f32x4.mul(factor, v128.load(pattern, patternsAt + 16)));
          sum2 = f32x4.add(sum2, f32x4.mul(factor, v128.load(pattern, patternsAt + 32)));
          sum3 = f32x4.add(sum3, f32x4.mul(factor, v128.load(pattern, patternsAt + 48)));
        }
      } else if (sizeof<Row>() == 2) {
        if ((shown >> position) & 1) {
          const pattern = patterns + ((<usize>position) << 4);
          const factor = f32x4.splat(<f32>value);
          sum0 = f32x4.add(sum0, f32x4.mul(factor, v128.load(pattern, patternsAt)));
        }
      }
    }
    if (entry & endsAfter) {
      if (position == 63) {
        // Nothing ends a block that is full: what looked like the end belongs to the next block.
        const length = load<u32>(acTable, endLengthAt);
        bits = (bits >> length) | ((<u64>load<u32>(acTable, endCodeAt)) << (64 - length));
        bitCount += length;
      }
      break;
    }
    position++;
  } while (position < 64);
  store<u64>(scan, bits, bitsAt);
  store<i32>(scan, bitCount, bitCountAt);
  store<u32>(scan, <u32>next, nextAt);

  if (!isFloat<Row>()) {
    if (sizeof<Row>() == 8) showBlock(patterns + 256, seen >> 16, out, stride);
    else if (sizeof<Row>() == 4) storeFour(sum0, sum1, sum2, sum3, out, stride);
    else if (sizeof<Row>() == 2) storeTwo(sum0, out, stride);
    else store<u8>(out, meanByte(dc, patterns + patternsAt));
  }
  return true;
}
