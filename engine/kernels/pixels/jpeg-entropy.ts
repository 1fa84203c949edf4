/**
 * Huffman coding of quantised blocks (ITU-T T.81, annex F.1.2), twice over the same coefficients:
 * once to count symbols, once to write them with the tables made from the counts.
 *
 * `coder` is the caller's memory, laid out as below; the caller zeroes it before each of the two runs.
 *   0  u64  bits not yet written        8  i32  their number
 *  16  3 x i32  last DC of Y, Cb, Cr   32  64 x u8  natural index of each zigzag position
 *  96  4 tables x 256 x u32: DC and AC of luma, DC and AC of chroma
 *      counts on the first run; `code | length << 16` on the second
 * 4192 8 x 256 x u64: zigzag positions of the non-zero coefficients of each block row
 */
const bitsAt: usize = 0;
const bitCountAt: usize = 8;
const lastDcAt: usize = 16;
const naturalAt: usize = 32;
const tablesAt: usize = 96;
const zigzagMasksAt: usize = 4192;
const tableBytes: usize = 1024;

/** Counts the symbols of `mcus` units of `lumaBlocks` blocks of Y, one of Cb and one of Cr. */
export function countSymbols(coder: usize, blocks: usize, mcus: i32, lumaBlocks: i32): void {
  for (let mcu = 0; mcu < mcus; mcu++) {
    for (let k = 0; k < lumaBlocks; k++) {
      countBlock(coder, blocks, 0);
      blocks += 128;
    }
    countBlock(coder, blocks, 1);
    countBlock(coder, blocks + 128, 2);
    blocks += 256;
  }
}

function countBlock(coder: usize, block: usize, component: usize): void {
  const dcTable = coder + tablesAt + (component ? 2 * tableBytes : 0);
  const acTable = dcTable + tableBytes;
  count(dcTable, sizeOf(dcDifference(coder, block, component)));

  let mask = nonZero(coder, block) & ~1;
  let last = 0;
  while (mask) {
    const position = <i32>ctz(mask);
    mask &= mask - 1;
    let run = position - last - 1;
    last = position;
    while (run > 15) {
      count(acTable, 0xf0);
      run -= 16;
    }
    count(acTable, (run << 4) | sizeOf(coefficient(coder, block, position)));
  }
  if (last < 63) count(acTable, 0);
}

function count(table: usize, symbol: i32): void {
  const at = table + <usize>symbol * 4;
  store<u32>(at, load<u32>(at) + 1);
}

/** Writes the same units and returns the end of what was written: at most 512 bytes a block. */
export function writeSymbols(
  coder: usize,
  blocks: usize,
  mcus: i32,
  lumaBlocks: i32,
  out: usize,
): usize {
  for (let mcu = 0; mcu < mcus; mcu++) {
    for (let k = 0; k < lumaBlocks; k++) {
      out = writeBlock(coder, blocks, 0, out);
      blocks += 128;
    }
    out = writeBlock(coder, blocks, 1, out);
    out = writeBlock(coder, blocks + 128, 2, out);
    blocks += 256;
  }
  return out;
}

function writeBlock(coder: usize, block: usize, component: usize, out: usize): usize {
  const dcTable = coder + tablesAt + (component ? 2 * tableBytes : 0);
  const acTable = dcTable + tableBytes;
  let bits = load<u64>(coder + bitsAt);
  let bitCount = load<i32>(coder + bitCountAt);

  const difference = dcDifference(coder, block, component);
  const dcSize = sizeOf(difference);
  const dcCode = load<u32>(dcTable + <usize>dcSize * 4);
  bits = append(bits, dcCode, difference, dcSize);
  bitCount += <i32>(dcCode >> 16) + dcSize;
  if (bitCount >= 32) {
    bitCount -= 32;
    out = writeWord(out, <u32>(bits >> bitCount));
  }

  let mask = nonZero(coder, block) & ~1;
  let last = 0;
  while (mask) {
    const position = <i32>ctz(mask);
    mask &= mask - 1;
    let run = position - last - 1;
    last = position;
    while (run > 15) {
      const code = load<u32>(acTable + 0xf0 * 4);
      bits = append(bits, code, 0, 0);
      bitCount += <i32>(code >> 16);
      if (bitCount >= 32) {
        bitCount -= 32;
        out = writeWord(out, <u32>(bits >> bitCount));
      }
      run -= 16;
    }
    const value = coefficient(coder, block, position);
    const size = sizeOf(value);
    const code = load<u32>(acTable + <usize>((run << 4) | size) * 4);
    bits = append(bits, code, value, size);
    bitCount += <i32>(code >> 16) + size;
    if (bitCount >= 32) {
      bitCount -= 32;
      out = writeWord(out, <u32>(bits >> bitCount));
    }
  }
  if (last < 63) {
    const code = load<u32>(acTable);
    bits = append(bits, code, 0, 0);
    bitCount += <i32>(code >> 16);
    if (bitCount >= 32) {
      bitCount -= 32;
      out = writeWord(out, <u32>(bits >> bitCount));
    }
  }
  store<u64>(coder + bitsAt, bits);
  store<i32>(coder + bitCountAt, bitCount);
  return out;
}

/** Pads the last byte with ones, as T.81 F.1.2.3 asks, and writes what is left. */
export function writeRest(coder: usize, out: usize): usize {
  const bitCount = load<i32>(coder + bitCountAt);
  const padded =
    ((<u64>load<u64>(coder + bitsAt)) << (32 - bitCount)) | (((<u64>1) << (32 - bitCount)) - 1);
  for (let done = 0; done < bitCount; done += 8)
    out = writeByte(out, <u32>(padded >> (24 - done)) & 0xff);
  return out;
}

/** Non-zero coefficients of a block as bits in zigzag order. */
function nonZero(coder: usize, block: usize): u64 {
  const masks = coder + zigzagMasksAt;
  let result: u64 = 0;
  for (let pairOfRows: usize = 0; pairOfRows < 4; pairOfRows++) {
    const at = block + pairOfRows * 32;
    const bytes = i8x16.narrow_i16x8_s(v128.load(at), v128.load(at, 16));
    const bits = <usize>i8x16.bitmask(i8x16.ne(bytes, i8x16.splat(0)));
    const rowMasks = masks + pairOfRows * 4096;
    result |= load<u64>(rowMasks + (bits & 0xff) * 8);
    result |= load<u64>(rowMasks + 2048 + (bits >> 8) * 8);
  }
  return result;
}

function coefficient(coder: usize, block: usize, position: i32): i32 {
  return load<i16>(block + <usize>load<u8>(coder + naturalAt + <usize>position) * 2);
}

function dcDifference(coder: usize, block: usize, component: usize): i32 {
  const at = coder + lastDcAt + component * 4;
  const dc = <i32>load<i16>(block);
  const difference = dc - load<i32>(at);
  store<i32>(at, dc);
  return difference;
}

/** The number of bits of a coefficient's magnitude. */
function sizeOf(value: i32): i32 {
  return 32 - <i32>clz(abs(value));
}

/** Huffman code, then the value's own bits: ones' complement where it is negative. */
function append(bits: u64, code: u32, value: i32, size: i32): u64 {
  const own = (value + (value >> 31)) & ((1 << size) - 1);
  return (((bits << (code >> 16)) | (code & 0xffff)) << size) | own;
}

/** Four bytes, highest first; a byte FF must be followed by a zero. */
function writeWord(out: usize, word: u32): usize {
  if ((word & 0x80808080 & ~(word + 0x01010101)) == 0) {
    store<u32>(out, bswap<u32>(word));
    return out + 4;
  }
  out = writeByte(out, word >> 24);
  out = writeByte(out, (word >> 16) & 0xff);
  out = writeByte(out, (word >> 8) & 0xff);
  return writeByte(out, word & 0xff);
}

function writeByte(out: usize, byte: u32): usize {
  store<u8>(out, byte);
  if (byte != 0xff) return out + 1;
  store<u8>(out, 0, 1);
  return out + 2;
}
