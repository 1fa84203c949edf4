/**
 * The boolean entropy decoder (RFC 6386, §7). One partition is read at a time, with its state in globals;
 * `resume` and `suspend` change partitions.
 *
 * It stands past the end once a bit is wanted that needs a byte the partition does not have. From then on
 * bits mean nothing, and the caller has to look at `isPastEnd` before it shows anything.
 */

/** Bits read but not used are the lowest `bits + 8` of `value`; `range` is one less than in the RFC. */
export let value: u64 = 0;
export let range: u32 = 0;
export let bits: i32 = 0;
let at: usize = 0;
let end: usize = 0;
let pastEnd: bool = false;

export const READER_BYTES: usize = 32;

/** A reader at the first bit of the partition from `start` to `stop`. */
export function openReader(reader: usize, start: usize, stop: usize): void {
  store<u64>(reader, 0);
  store<u32>(reader, 254, 8);
  store<i32>(reader, -8, 12);
  store<usize>(reader, start, 16);
  store<usize>(reader, stop, 20);
  store<u32>(reader, 0, 24);
}

export function resume(reader: usize): void {
  value = load<u64>(reader);
  range = load<u32>(reader, 8);
  bits = load<i32>(reader, 12);
  at = load<usize>(reader, 16);
  end = load<usize>(reader, 20);
  pastEnd = load<u32>(reader, 24) != 0;
}

export function suspend(reader: usize): void {
  store<u64>(reader, value);
  store<u32>(reader, range, 8);
  store<i32>(reader, bits, 12);
  store<usize>(reader, at, 16);
  store<usize>(reader, end, 20);
  store<u32>(reader, pastEnd ? 1 : 0, 24);
}

export function isPastEnd(): bool {
  return pastEnd;
}

/** One bit, which is 0 with a probability of `probability` / 256. */
export function readBool(probability: u32): bool {
  if (bits < 0) refill();
  const split = (range * probability) >> 8;
  let rest: u32;
  const bit = ((value >> bits) as u32) > split;
  if (bit) {
    value -= ((split + 1) as u64) << bits;
    rest = range - split;
  } else {
    rest = split + 1;
  }
  const shift = clz(rest) - 24;
  bits -= shift;
  range = (rest << shift) - 1;
  return bit;
}

/** For a loop that keeps the state to itself: takes it back. */
export function keep(newValue: u64, newRange: u32, newBits: i32): void {
  value = newValue;
  range = newRange;
  bits = newBits;
}

/** Seven bytes at once where they are there, else one; past the end zeros, which are never used. */
export function refill(): void {
  if (at + 8 <= end) {
    value = (value << 56) | (bswap(load<u64>(at)) >> 8);
    at += 7;
    bits += 56;
  } else if (at < end) {
    value = (value << 8) | (load<u8>(at) as u64);
    at += 1;
    bits += 8;
  } else {
    value <<= 8;
    bits = pastEnd ? 0 : bits + 8;
    pastEnd = true;
  }
}

export function readFlag(): bool {
  return readBool(128);
}

/** An unsigned number, the highest bit first. */
export function readNumber(bitCount: u32): i32 {
  let number = 0;
  for (; bitCount > 0; bitCount--) number = (number << 1) | (readBool(128) ? 1 : 0);
  return number;
}

/** A number of `bitCount` bits, then its sign. */
export function readSigned(bitCount: u32): i32 {
  const number = readNumber(bitCount);
  return readBool(128) ? -number : number;
}

/** A signed number behind a flag, or 0. */
export function readOptional(bitCount: u32): i32 {
  return readBool(128) ? readSigned(bitCount) : 0;
}
