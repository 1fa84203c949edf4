/** CRC-32 of PNG chunks (PNG 3rd edition, annex D), sixteen bytes a step. */

const table = memory.data(4 * 256 * 16);
let isReady: bool = false;

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

function at(slice: usize, index: u32): u32 {
  return load<u32>(table + (slice << 10) + ((index as usize) << 2));
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

/** Continues `crc` (0 to begin) over `length` bytes. */
export function crc32(crc: u32, from: usize, length: usize): u32 {
  if (!isReady) prepare();
  let value = ~crc;
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) {
    const first = load<u32>(from + i) ^ value;
    value = word(12, first) ^ word(8, load<u32>(from + i + 4));
    value ^= word(4, load<u32>(from + i + 8)) ^ word(0, load<u32>(from + i + 12));
  }
  for (; i < length; i++) value = (value >> 8) ^ at(0, (value ^ load<u8>(from + i)) & 255);
  return ~value;
}
