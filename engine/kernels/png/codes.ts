/**
 * DEFLATE's Huffman codes as lookup tables (RFC 1951, 3.2): one of 11, 9 or 7 bits, whose rare longer codes
 * continue in a second one.
 */

const LITERAL_BITS: i32 = 11;
const DISTANCE_BITS: i32 = 9;
const CODE_LENGTH_BITS: i32 = 7;
const LONGEST_CODE: i32 = 15;
export const LITERAL_SPILL: i32 = 1 << (LONGEST_CODE - LITERAL_BITS);
export const DISTANCE_SPILL: i32 = 1 << (LONGEST_CODE - DISTANCE_BITS);

/*
 * A table entry is 32 bits: value or base in 16–30, number of extra bits in 8–12, code length in 0–4,
 * and flags. An entry for a longer code has its second table's first index where the value would be.
 */
export const LITERAL: u32 = 0x8000_0000;
export const SPECIAL: u32 = 0x4000;
export const END_OF_BLOCK: u32 = 0x2000;
export const INVALID: u32 = 0x1000;

/** Every prefix that spills holds at least two codes, which bounds the second tables. */
export const literalTable = memory.data(4 * (2048 + 16 * 144));
export const distanceTable = memory.data(4 * (512 + 64 * 16));
export const codeLengthTable = memory.data(4 * 128);
export const lengths = memory.data(320);
const counts = memory.data(2 * 16);
const nextCodes = memory.data(2 * 16);

const lengthBase = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
]);
const lengthExtra = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const distanceBase = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12289, 16385, 24577,
]);
const distanceExtra = memory.data<u8>([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);

const KIND_LITERALS: i32 = 0;
const KIND_DISTANCES: i32 = 1;
const KIND_LENGTHS: i32 = 2;

export function buildLiterals(count: u32): bool {
  return buildTable(literalTable, lengths, count, LITERAL_BITS, LITERAL_SPILL, KIND_LITERALS);
}

export function buildDistances(from: usize, count: u32): bool {
  return buildTable(distanceTable, from, count, DISTANCE_BITS, DISTANCE_SPILL, KIND_DISTANCES);
}

export function buildCodeLengths(count: u32): bool {
  return buildTable(codeLengthTable, lengths, count, CODE_LENGTH_BITS, 0, KIND_LENGTHS);
}

/** Canonical codes to a lookup table; false when they over-subscribe or (but for one lone code) leave gaps. */
function buildTable(
  table: usize,
  from: usize,
  count: u32,
  primaryBits: i32,
  spill: i32,
  kind: i32,
): bool {
  if (!assignCodes(from, count, kind)) return false;
  const primarySize = 1 << primaryBits;
  let spillAt = primarySize;
  for (let i = 0; i < primarySize; i++) store<u32>(table + (i << 2), SPECIAL | INVALID);
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length: i32 = load<u8>(from + symbol);
    if (length == 0) continue;
    const code = load<u16>(nextCodes + (length << 1));
    store<u16>(nextCodes + (length << 1), code + 1);
    const reversed = reverse(code, length);
    const entry = entryOf(kind, symbol) | length;
    if (length <= primaryBits) {
      for (let i = reversed; i < primarySize; i += 1 << length) store<u32>(table + (i << 2), entry);
      continue;
    }
    const slot = table + ((reversed & (primarySize - 1)) << 2);
    let second = load<u32>(slot);
    if (second & INVALID) {
      second = SPECIAL | (spillAt << 16);
      store<u32>(slot, second);
      for (let i = 0; i < spill; i++) store<u32>(table + ((spillAt + i) << 2), SPECIAL | INVALID);
      spillAt += spill;
    }
    const base = table + ((second >> 16) << 2);
    for (let i = reversed >> primaryBits; i < spill; i += 1 << (length - primaryBits)) {
      store<u32>(base + (i << 2), entry);
    }
  }
  return true;
}

/** First code of each length, in `nextCodes`. */
function assignCodes(from: usize, count: u32, kind: i32): bool {
  memory.fill(counts, 0, 32);
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const slot = counts + ((load<u8>(from + symbol) as usize) << 1);
    store<u16>(slot, load<u16>(slot) + 1);
  }
  let code: i32 = 0;
  let left: i32 = 1;
  let longest: i32 = 0;
  for (let length: i32 = 1; length <= LONGEST_CODE; length++) {
    const used: i32 = load<u16>(counts + (length << 1));
    store<u16>(nextCodes + (length << 1), code as u16);
    code = (code + used) << 1;
    left = (left << 1) - used;
    if (left < 0) return false;
    if (used > 0) longest = length;
  }
  return left == 0 || (kind != KIND_LENGTHS && longest <= 1);
}

function reverse(code: u32, length: i32): i32 {
  let from = code;
  let result: i32 = 0;
  for (let i = 0; i < length; i++) {
    result = (result << 1) | (from & 1);
    from >>= 1;
  }
  return result;
}

function entryOf(kind: i32, symbol: u32): u32 {
  if (kind == KIND_LENGTHS) return symbol << 16;
  if (kind == KIND_DISTANCES) {
    if (symbol >= 30) return SPECIAL | INVALID;
    return (
      ((load<u16>(distanceBase + (symbol << 1)) as u32) << 16) |
      ((load<u8>(distanceExtra + symbol) as u32) << 8)
    );
  }
  if (symbol < 256) return LITERAL | (symbol << 16);
  if (symbol == 256) return SPECIAL | END_OF_BLOCK;
  const index = symbol - 257;
  if (index >= 29) return SPECIAL | INVALID;
  return (
    ((load<u16>(lengthBase + (index << 1)) as u32) << 16) |
    ((load<u8>(lengthExtra + index) as u32) << 8)
  );
}
