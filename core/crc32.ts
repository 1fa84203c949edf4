/** CRC-32 (ISO 3309, as PNG annex D has it) of small pieces; `continued` is the CRC of what went before. */
export function crc32(bytes: Uint8Array, continued = 0): number {
  let crc = ~continued;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 255] ?? 0);
  return ~crc >>> 0;
}

const TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
