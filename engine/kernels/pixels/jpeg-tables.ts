/** Tables for the JPEG decoder that are too much work for code that is not compiled yet. */
import { skipsToEnd } from "../jpeg/codes";

const lookupBits: u32 = 10;
const entries: u32 = 1 << lookupBits;
/** Bits of an entry that are for coefficients. */
const positions: u32 = 19;

/**
 * Behind a table of AC: for every ten bits all the symbols whose codes they hold, so that coefficients of which only
 * the position matters are passed over several at a time. An entry holds, from the lowest bit: the bits used, the
 * values' own among them (5), the positions passed (7), whether the end of the block is the last (1), and a bit for
 * each position with a coefficient (19). 0 where the first code is longer, or is the end of several blocks.
 *
 * `codes` has for every ten bits the first code among them, a u16: its length, and above its symbol; 0 for a longer one.
 */
export function fillSkips(codes: usize, out: usize): void {
  for (let bits: u32 = 0; bits < entries; bits++) {
    store<u32>(out + ((<usize>bits) << 2), skipEntry(codes, bits));
  }
}

function skipEntry(codes: usize, bits: u32): u32 {
  let used: u32 = 0;
  let passed: u32 = 0;
  let coefficients: u32 = 0;
  while (used < lookupBits && passed < 64) {
    const found = <u32>load<u16>(codes + ((<usize>((bits << used) & (entries - 1))) << 1));
    const length = found & 0xff;
    const run = found >> 12;
    const size = (found >> 8) & 15;
    if (found == 0 || used + length > lookupBits) break;
    const isRun = size == 0 && run == 15;
    if (size == 0 && !isRun) {
      if (run > 0) break;
      return (used + length) | (passed << 5) | skipsToEnd | (coefficients << 13);
    }
    if (!isRun) {
      if (passed + run >= positions) break;
      coefficients |= (<u32>1) << (passed + run);
    }
    passed += run + 1;
    used += length + size;
  }
  return used | (passed << 5) | (coefficients << 13);
}
