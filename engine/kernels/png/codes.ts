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
 * A table entry is 32 bits: value or base in 16–30, code length in 8–11, the same with the extra bits behind the
 * code in 0–7, and flags. An entry for a longer code has its second table's first index where the value would be.
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
/** For each length: how many codes there are, the first of them, and where its symbol stands among the sorted. */
const counts = memory.data(2 * 16);
const nextCodes = memory.data(2 * 16);
const sortedFrom = memory.data(2 * 16);
const sorted = memory.data(2 * 320);

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

/**
 * Canonical codes to a lookup table; false when they over-subscribe or (but for one lone code) leave gaps. By length,
 * shortest first: until it has its size, the table is written twice over for each bit more.
 */
function buildTable(
  table: usize,
  from: usize,
  count: u32,
  primaryBits: i32,
  spill: i32,
  kind: i32,
): bool {
  if (!assignCodes(from, count, kind)) return false;
  sortSymbols(from, count);
  store<u32>(table, SPECIAL | INVALID);
  let at = sorted;
  for (let length: i32 = 1; length <= primaryBits; length++) {
    repeat(table, 1 << (length - 1));
    let code: u32 = load<u16>(nextCodes + (length << 1));
    for (let left: u32 = load<u16>(counts + (length << 1)); left > 0; left--) {
      const entry = entryOf(kind, load<u16>(at), length);
      store<u32>(table + ((reverse(code) >> (16 - length)) << 2), entry);
      code++;
      at += 2;
    }
  }
  let spillAt = 1 << primaryBits;
  for (let length = primaryBits + 1; length <= LONGEST_CODE; length++) {
    let code: u32 = load<u16>(nextCodes + (length << 1));
    for (let left: u32 = load<u16>(counts + (length << 1)); left > 0; left--) {
      const reversed = reverse(code) >> (16 - length);
      const slot = table + ((reversed & ((1 << primaryBits) - 1)) << 2);
      let second = load<u32>(slot);
      if (second & INVALID) {
        second = SPECIAL | (spillAt << 16);
        store<u32>(slot, second);
        for (let i = 0; i < spill; i++) store<u32>(table + ((spillAt + i) << 2), SPECIAL | INVALID);
        spillAt += spill;
      }
      const base = table + ((second >> 16) << 2);
      const entry = entryOf(kind, load<u16>(at), length);
      for (let i = reversed >> primaryBits; i < (spill as u32); i += 1 << (length - primaryBits)) {
        store<u32>(base + (i << 2), entry);
      }
      code++;
      at += 2;
    }
  }
  return true;
}

/** Writes the first `count` entries of a table once more behind them. */
function repeat(table: usize, count: i32): void {
  const bytes = (count as usize) << 2;
  if (count < 4) {
    for (let i: usize = 0; i < bytes; i += 4) store<u32>(table + bytes + i, load<u32>(table + i));
    return;
  }
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(table + bytes + i, v128.load(table + i));
  }
}

/** The symbols that have codes, by their length and then by themselves. */
function sortSymbols(from: usize, count: u32): void {
  let before: u32 = 0;
  for (let length: i32 = 1; length <= LONGEST_CODE; length++) {
    store<u16>(sortedFrom + (length << 1), before as u16);
    before += load<u16>(counts + (length << 1));
  }
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length = (load<u8>(from + symbol) as usize) << 1;
    if (length == 0) continue;
    const at: usize = load<u16>(sortedFrom + length);
    store<u16>(sorted + (at << 1), symbol as u16);
    store<u16>(sortedFrom + length, (at + 1) as u16);
  }
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

/** The sixteen bits of a code, last first. */
function reverse(code: u32): u32 {
  let bits = ((code >> 1) & 0x5555) | ((code & 0x5555) << 1);
  bits = ((bits >> 2) & 0x3333) | ((bits & 0x3333) << 2);
  bits = ((bits >> 4) & 0x0f0f) | ((bits & 0x0f0f) << 4);
  return (bits >> 8) | ((bits & 0xff) << 8);
}

function entryOf(kind: i32, symbol: u32, length: u32): u32 {
  if (kind == KIND_LENGTHS) return (symbol << 16) | length;
  if (kind == KIND_DISTANCES) {
    if (symbol >= 30) return SPECIAL | INVALID;
    const extra: u32 = load<u8>(distanceExtra + symbol);
    return (
      ((load<u16>(distanceBase + (symbol << 1)) as u32) << 16) | (length << 8) | (length + extra)
    );
  }
  if (symbol < 256) return LITERAL | (symbol << 16) | length;
  if (symbol == 256) return SPECIAL | END_OF_BLOCK | length;
  const index = symbol - 257;
  if (index >= 29) return SPECIAL | INVALID;
  const extra: u32 = load<u8>(lengthExtra + index);
  return ((load<u16>(lengthBase + (index << 1)) as u32) << 16) | (length << 8) | (length + extra);
}
