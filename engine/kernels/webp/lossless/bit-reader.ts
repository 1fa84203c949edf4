/**
 * Bits, the lowest of each byte first. Where it stands is counted in bits, and the bytes are read again each
 * time, so that a loop can keep the count to itself. Up to 32 bytes behind the end are looked at.
 */

/** The stream, and the number of bits it has. */
export let bytes: usize = 0;
export let bitsMax: u64 = 0;

let position: u64 = 0;

/** A stream of fewer than eight bytes, with zeros behind it. */
const short = memory.data(48, 16);

/** libwebp takes up to 64 bits from any stream, zeros where it has fewer, and so does this. */
export function openBits(at: usize, length: usize): void {
  bytes = at;
  if (length < 8) {
    memory.copy(short, at, length);
    bytes = short;
  }
  bitsMax = max(length as u64, 8) << 3;
  position = 0;
}

/** Whether more bits were taken than there are: then nothing read means anything. */
export function isPastEnd(): bool {
  return position > bitsMax;
}

export function tell(): u64 {
  return position;
}

/** Where the byte is that has bit `from`: nothing before it is read again. */
export function addressOf(from: u64): usize {
  return bytes + ((from >> 3) as usize);
}

export function seek(to: u64): void {
  position = to;
}

/** At least 56 bits from `from` on, which is little more than `bitsMax` at most. */
export function bitsAt(from: u64): u64 {
  return load<u64>(bytes + ((from >> 3) as usize)) >> (from & 7);
}

/** The next 56 bits at least. */
export function ahead(): u64 {
  return bitsAt(min(position, bitsMax));
}

export function skip(count: u32): void {
  position += count as u64;
}

/** A number of at most 24 bits. */
export function readBits(count: u32): u32 {
  const number = (ahead() as u32) & ((1 << count) - 1);
  position += count as u64;
  return number;
}
