/**
 * CRC-32 as in ISO 3309 and zlib (reflected polynomial 0xEDB88320), unsigned. Bit by bit, because the
 * texts are short. Finds every error confined to 32 consecutive bits, hence any one wrong byte and any
 * two neighbours swapped.
 */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
