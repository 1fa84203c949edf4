import type { HuffmanTable } from "./syntax/huffman.ts";

const lookupBits = 10;
const lookupEntries = 1 << lookupBits;
const limitsAt = lookupEntries * 4;
const offsetsAt = limitsAt + 17 * 4;
const symbolsAt = offsetsAt + 17 * 4;
const endCodeAt = symbolsAt + 256;

/** A table as engine/kernels/pixels/jpeg-scan.ts reads it. */
export const lookupTableBytes = endCodeAt + 8;

/**
 * For every ten bits, what they decode to. An entry holds, from the lowest bit: the bits used (5), the
 * positions to skip (7; 64 ends the block), whether the value's own bits did not fit (1), whether the end
 * of the block follows the value and is among the bits used (1), and in the upper half the value, or,
 * where it did not fit, its number of bits. Codes over ten bits have entry 0.
 * For `symbols` it holds the symbol, and from bit 8 on the bits of its code.
 */
export function lookupTable({ lengths, symbols }: HuffmanTable, kind: Kind): Uint8Array {
  const bytes = new Uint8Array(lookupTableBytes);
  const entries = new Int32Array(bytes.buffer, 0, lookupEntries);
  const limits = new Uint32Array(bytes.buffer, limitsAt, 17);
  const offsets = new Int32Array(bytes.buffer, offsetsAt, 17);
  bytes.set(symbols, symbolsAt);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    offsets[length] = index - code;
    for (let k = 0; k < (lengths[length - 1] ?? 0); k++) {
      if (symbols[index] === 0) new Uint32Array(bytes.buffer, endCodeAt, 2).set([length, code]);
      if (length <= lookupBits) fillEntries(entries, code, length, symbols[index] ?? 0, kind);
      code++;
      index++;
    }
    limits[length] = code << (16 - length);
    code <<= 1;
  }
  if (kind === "ac") joinEnds(entries);
  return bytes;
}

/** Where the end of the block follows a value within the ten bits, one entry does for both. */
function joinEnds(entries: Int32Array): void {
  for (const [bits, entry] of entries.entries()) {
    const used = entry & 0x1f;
    if (entry & ownBitsFollow || skipOf(entry) === 64) continue;
    // Those that end the block are never changed.
    const next = entries[(bits << used) & (lookupEntries - 1)] ?? 0;
    const length = next & 0x1f;
    if (skipOf(next) !== 64 || used + length > lookupBits) continue;
    entries[bits] = (entry + length) | endFollows;
  }
}

const ownBitsFollow = 0x1000;
const endFollows = 0x2000;
const skipOf = (entry: number): number => (entry >> 5) & 0x7f;

/** For every ten bits the first code among them, as the kernels' fillSkips reads it: its symbol and, below, its length. */
export function codesTable({ lengths, symbols }: HuffmanTable): Uint16Array {
  const codes = new Uint16Array(lookupEntries);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= lookupBits; length++) {
    const rest = lookupBits - length;
    for (let k = 0; k < (lengths[length - 1] ?? 0); k++, code++, index++) {
      codes.fill(((symbols[index] ?? 0) << 8) | length, code << rest, (code + 1) << rest);
    }
    code <<= 1;
  }
  return codes;
}

export const codesTableBytes = lookupEntries * 2;
export const skipTableBytes = lookupEntries * 4;

type Kind = "dc" | "ac" | "symbols";

/** Every ten bits that begin with this code. */
function fillEntries(
  entries: Int32Array,
  code: number,
  length: number,
  symbol: number,
  kind: Kind,
): void {
  const rest = lookupBits - length;
  if (kind === "symbols") {
    entries.fill((length << 8) | symbol, code << rest, (code + 1) << rest);
    return;
  }
  const size = symbol & 15;
  const endsBlock = kind === "ac" && size === 0 && symbol !== 0xf0;
  const skip = endsBlock ? 64 : symbol >> 4;
  for (let tail = 0; tail < 1 << rest; tail++) {
    const own = tail >> (rest - size);
    const value = own < 1 << (size - 1) ? own - (1 << size) + 1 : own;
    entries[(code << rest) | tail] =
      size > rest
        ? length | (skip << 5) | ownBitsFollow | (size << 16)
        : (length + size) | (skip << 5) | (value << 16);
  }
}
