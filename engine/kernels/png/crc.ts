/** CRC-32 of PNG chunks (PNG 3rd edition, annex D): folded sixteen bytes a step, the rest by tables. */

const table = memory.data(4 * 256 * 16);
let isReady: bool = false;

/*
 * In powers of x^8, the CRC's polynomial divides 1 + x^89 + x^117 + x^155 + x^300: a byte may be left out that is
 * added (xor) to those 145, 183, 211 and 300 further on, from which these differ. (A search over multiples of
 * five terms; Russell's "Chorba" (2024) computes CRCs by sparse multiples too.)
 */
const FOLDS: usize = 300;
const SEGMENT: usize = 8192;
/** Shorter pieces are not worth it. */
const FOLDED_MIN: usize = 1024;

/** A segment's bytes as they are when it is their turn to be left out, behind FOLDS and more that stay 0. */
const zeros = memory.data(320 + (SEGMENT as i32), 16);
const folded: usize = zeros + 320;
/** What is left of a segment. */
const remainder = memory.data((FOLDS as i32) + 48, 16);

function prepare(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) {
      value = value & 1 ? (value >> 1) ^ 0xedb8_8320 : value >> 1;
    }
    store<u32>(table + ((i as usize) << 2), value);
  }
  for (let i: usize = 256; i < 4096; i++) {
    const before = load<u32>(table + ((i - 256) << 2));
    store<u32>(table + (i << 2), (before >> 8) ^ load<u32>(table + ((before as usize & 255) << 2)));
  }
  isReady = true;
}

/** Continues `crc` (0 to begin) over `length` bytes, behind which there are 16 to spare. */
export function crc32(crc: u32, from: usize, length: usize): u32 {
  if (!isReady) prepare();
  let value = ~crc;
  let next = from;
  let left = length;
  while (left >= FOLDED_MIN) {
    const count = min(left, SEGMENT);
    value = foldSegment(value, next, count);
    next += count;
    left -= count;
  }
  return ~addBytes(value, next, left);
}

function foldSegment(value: u32, from: usize, length: usize): u32 {
  const end = (length - FOLDS) & ~15;
  // What is carried over is added to the first four bytes.
  v128.store(folded, v128.xor(v128.load(from), i32x4.replace_lane(i32x4.splat(0), 0, value)));
  for (let i: usize = 16; i < end; i += 16) v128.store(folded + i, foldedAt(from, i));
  // Those of the remainder stay where they are.
  for (let i: usize = 0; i < FOLDS; i += 16) v128.store(folded + end + i, i64x2.splat(0));
  for (let i = end; i < length; i += 16) v128.store(remainder + i - end, foldedAt(from, i));
  return addBytes(0, remainder, length - end);
}

function foldedAt(from: usize, i: usize): v128 {
  const own = folded + i;
  return v128.xor(
    v128.xor(v128.load(from + i), v128.load(own - FOLDS)),
    v128.xor(v128.xor(v128.load(own - 211), v128.load(own - 183)), v128.load(own - 145)),
  );
}

function addBytes(crc: u32, from: usize, length: usize): u32 {
  let value = crc;
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) {
    const first = load<u32>(from + i) ^ value;
    value = word(12, first) ^ word(8, load<u32>(from + i + 4));
    value ^= word(4, load<u32>(from + i + 8)) ^ word(0, load<u32>(from + i + 12));
  }
  for (; i < length; i++) value = (value >> 8) ^ at(0, (value ^ load<u8>(from + i)) & 255);
  return value;
}

/** What four bytes come to that are followed by `behind` others. */
function word(behind: usize, bytes: u32): u32 {
  return (
    at(behind + 3, bytes & 255) ^
    at(behind + 2, (bytes >> 8) & 255) ^
    at(behind + 1, (bytes >> 16) & 255) ^
    at(behind, bytes >> 24)
  );
}

function at(slice: usize, index: u32): u32 {
  return load<u32>(table + (slice << 10) + ((index as usize) << 2));
}
