/** Prefix codes (RFC 9649, §3.7.2): as they are told in the stream, and as tables to decode with. */
import { reserve, trim } from "../memory";
import { CORRUPT, OK, OVER_MEMORY, TRUNCATED } from "../status";
import { ahead, isPastEnd, readBits, skip } from "./bit-reader";

/**
 * A table has an entry for every value of the next bits, as many as its longest code but at most eight: the
 * length of the code in the lowest byte, its symbol in the upper half. Longer codes lead to a table of their
 * own, whose offset in entries and whose bits stand in the symbol's and the length's place.
 *
 * A code is known by its table's address and the mask of the bits that index it: 8 bytes.
 */
export const CODE_BYTES: usize = 8;
const ROOT_BITS: u32 = 8;
const LENGTH_MAX: u32 = 15;

/** The most entries that any alphabet of up to 2328 symbols needs with a first table of 8 bits. */
const ENTRIES_MAX: usize = 2704 + 256;
export const SYMBOLS_MAX: u32 = 256 + 24 + 2048;

const lengths = memory.data(2328);
const sorted = memory.data(2 * 2328, 16);
const counts = memory.data(16 * 4, 16);
const offsets = memory.data(17 * 4, 16);
const lengthCode = memory.data(8);
const lengthLengths = memory.data(19);
const lengthTable = memory.data(128 * 4, 16);

/** The order in which lengths of the code for lengths are told. */
const lengthOrder = memory.data<u8>([
  17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
]);

/** The entry of the code that the bits of `bits` begin with. */
export function entryOf(code: usize, bits: u64): u32 {
  const table = load<usize>(code);
  const entry = load<u32>(table + (((bits as u32) & load<u32>(code, 4)) << 2));
  return (entry & 0xff) > ROOT_BITS ? longEntry(table, entry, bits) : entry;
}

function longEntry(table: usize, entry: u32, bits: u64): u32 {
  const more = (entry & 0xff) - ROOT_BITS;
  const index = (entry >> 16) + (((bits >> ROOT_BITS) as u32) & ((1 << more) - 1));
  return load<u32>(table + (index << 2));
}

export function readSymbol(code: usize): u32 {
  const entry = entryOf(code, ahead());
  skip(entry & 0xff);
  return entry >> 16;
}

/** Reads a code for `symbols` symbols and builds its table at the end of memory. */
export function readCode(code: usize, symbols: u32): i32 {
  const status = readLengths(symbols);
  if (status != OK) return status;
  if (isPastEnd()) return TRUNCATED;
  const table = reserve((ENTRIES_MAX as u64) << 2);
  if (table == 0) return OVER_MEMORY;
  const entries = build(code, table, lengths, symbols);
  trim(table, (entries as usize) << 2);
  return entries == 0 ? CORRUPT : OK;
}

/** As `readCode`, for a code that is never used: it has to be right all the same. */
export function checkCode(symbols: u32): i32 {
  const status = readLengths(symbols);
  if (status != OK) return status;
  if (isPastEnd()) return TRUNCATED;
  return count(lengths, symbols) ? OK : CORRUPT;
}

function readLengths(symbols: u32): i32 {
  memory.fill(lengths, 0, symbols);
  if (readBits(1) == 0) return readCodedLengths(symbols);
  const hasTwo = readBits(1) != 0;
  const isByte = readBits(1) != 0;
  const first = readBits(isByte ? 8 : 1);
  if (first < symbols) store<u8>(lengths + first, 1);
  if (hasTwo) {
    const second = readBits(8);
    if (second < symbols) store<u8>(lengths + second, 1);
  }
  return OK;
}

function readCodedLengths(symbols: u32): i32 {
  memory.fill(lengthLengths, 0, 19);
  const told: u32 = 4 + readBits(4);
  for (let i: u32 = 0; i < told; i++) {
    store<u8>(lengthLengths + load<u8>(lengthOrder + i), readBits(3));
  }
  if (build(lengthCode, lengthTable, lengthLengths, 19) == 0) return CORRUPT;
  let left = symbols;
  if (readBits(1) != 0) {
    left = 2 + readBits(2 + 2 * readBits(3));
    if (left > symbols) return CORRUPT;
  }
  let previous: u32 = 8;
  for (let symbol: u32 = 0; symbol < symbols && left > 0; left--) {
    const length = readSymbol(lengthCode);
    if (length < 16) {
      store<u8>(lengths + symbol, length);
      symbol++;
      if (length != 0) previous = length;
      continue;
    }
    const repeats =
      length == 16 ? 3 + readBits(2) : length == 17 ? 3 + readBits(3) : 11 + readBits(7);
    if (symbol + repeats > symbols) return CORRUPT;
    memory.fill(lengths + symbol, length == 16 ? (previous as u8) : 0, repeats);
    symbol += repeats;
  }
  return OK;
}

/** Whether the lengths make a complete code, or one of a single symbol, which then takes no bits. */
function count(from: usize, symbols: u32): bool {
  memory.fill(counts, 0, 64);
  for (let i: u32 = 0; i < symbols; i++) {
    const at = counts + ((load<u8>(from + i) as usize) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let open: i32 = 1;
  let total: u32 = 0;
  for (let length: u32 = 1; length <= LENGTH_MAX; length++) {
    const some = load<u32>(counts + (length << 2));
    store<u32>(offsets + (length << 2), total);
    total += some;
    open = (open << 1) - some;
    if (open < 0) return false;
  }
  return total == 1 || (total > 0 && open == 0);
}

/** Builds the table at `table`; returns the number of its entries, or 0 if the lengths make no code. */
function build(code: usize, table: usize, from: usize, symbols: u32): u32 {
  if (!count(from, symbols)) return 0;
  let longest: u32 = 0;
  for (let i: u32 = 0; i < symbols; i++) {
    const length: u32 = load<u8>(from + i);
    if (length == 0) continue;
    longest = max(longest, length);
    const at = offsets + (length << 2);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u16>(sorted + (place << 1), i);
  }
  store<usize>(code, table);
  if (load<u32>(offsets + (longest << 2)) == 1) {
    store<u32>(code, 0, 4);
    store<u32>(table, load<u16>(sorted) << 16);
    return 1;
  }
  const rootBits = min(longest, ROOT_BITS);
  store<u32>(code, (1 << rootBits) - 1, 4);
  return fill(table, rootBits, longest);
}

/**
 * Canonical codes in the order of their lengths. Bits come lowest first, so a code's key is the code turned
 * round, and the entries that begin with it are as far apart as its length says.
 */
function fill(table: usize, rootBits: u32, longest: u32): u32 {
  const rootSize: u32 = 1 << rootBits;
  let place = sorted;
  let key: u32 = 0;
  for (let length: u32 = 1; length <= rootBits; length++) {
    for (let left = load<u32>(counts + (length << 2)); left > 0; left--) {
      const entry = ((load<u16>(place) as u32) << 16) | length;
      for (let at = key; at < rootSize; at += 1 << length) store<u32>(table + (at << 2), entry);
      key = nextKey(key, length);
      place += 2;
    }
  }
  let total = rootSize;
  let branch: u32 = 0xffffffff;
  let start: u32 = 0;
  let size: u32 = 0;
  for (let length = rootBits + 1; length <= longest; length++) {
    for (let left = load<u32>(counts + (length << 2)); left > 0; left--) {
      if ((key & (rootSize - 1)) != branch) {
        branch = key & (rootSize - 1);
        start = total;
        const bits = branchBits(length, left, longest);
        size = 1 << bits;
        total += size;
        if (total > (ENTRIES_MAX as u32)) return 0;
        store<u32>(table + (branch << 2), (start << 16) | (ROOT_BITS + bits));
      }
      const entry = ((load<u16>(place) as u32) << 16) | length;
      for (let at = key >> rootBits; at < size; at += 1 << (length - rootBits)) {
        store<u32>(table + ((start + at) << 2), entry);
      }
      key = nextKey(key, length);
      place += 2;
    }
  }
  return total;
}

/** The key of the next code of `length` bits: one more, counted from the highest bit down. */
function nextKey(key: u32, length: u32): u32 {
  let bit: u32 = 1 << (length - 1);
  while ((key & bit) != 0) bit >>= 1;
  return bit == 0 ? key : (key & (bit - 1)) | bit;
}

/** Bits of a second table whose first code has `length` bits, of which `left` are left. */
function branchBits(length: u32, left: u32, longest: u32): u32 {
  let open: i32 = (1 << (length - ROOT_BITS)) - left;
  while (length < longest && open > 0) {
    length++;
    open = (open << 1) - load<u32>(counts + (length << 2));
  }
  return length - ROOT_BITS;
}
