/**
 * Huffman tables as engine/codecs/jpeg/lookup.ts makes them: 1024 entries for the next ten bits; then, for longer
 * codes, the limit of each length's codes (as sixteen bits), the offset to add for the index of the symbol, and the
 * symbols; then the length of the code that ends a block, and the code. Behind a table of AC stand 1024 entries for
 * coefficients of which only the position matters, several at once.
 */
const limitsAt: usize = 4096;
const offsetsAt: usize = 4164;
const symbolsAt: usize = 4232;
export const endLengthAt: usize = 4488;
export const endCodeAt: usize = 4492;
export const skipsAt: usize = 4496;

/** An entry of those: the end of the block is the last of what it skips. */
export const skipsToEnd: u32 = 0x1000;

/** A code of more than ten bits at the front of `peek`: its length and symbol, or -1. */
export function longCode(table: usize, peek: u32): i32 {
  let length = 11;
  while (length <= 16 && peek >= load<u32>(table + limitsAt + ((<usize>length) << 2))) length++;
  if (length > 16) return -1;
  const index =
    <i32>(peek >> (16 - length)) + load<i32>(table + offsetsAt + ((<usize>length) << 2));
  return (length << 8) | <i32>load<u8>(table + symbolsAt + <usize>(index & 255));
}

/** The value of a coefficient's own bits (T.81, table F.12): below half, it is negative. */
export function extend(own: i32, size: i32): i32 {
  return own < 1 << (size - 1) ? own - (1 << size) + 1 : own;
}
