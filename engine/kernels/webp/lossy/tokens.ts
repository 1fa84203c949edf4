/** Coefficients of a 4 × 4 block (RFC 6386, §13). */
import { readBool } from "./bool-reader";

/**
 * Probabilities are laid out by position rather than by band, for 17 positions (one behind the last is
 * looked at), 3 contexts each and 16 bytes a context, of which 11 are used.
 */
export const CONTEXT_BYTES: usize = 16;
export const POSITION_BYTES: usize = 48;
export const KIND_BYTES: usize = 816;

/** Kinds of blocks. */
export const Y_AFTER_Y2: usize = 0;
export const Y2: usize = 1;
export const CHROMA: usize = 2;
export const Y_WITH_DC: usize = 3;

/** The band of each position (§13.3). */
export const bands = memory.data<u8>([0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0]);

/** Offset in bytes of each position's coefficient in its block. */
const zigzag = memory.data<u8>([0, 2, 8, 16, 10, 4, 6, 12, 18, 24, 26, 20, 14, 22, 28, 30]);

/** Probabilities of the extra bits of categories 3 to 6, each ended by a 0. */
const categories = memory.data<u8>([
  173, 148, 140, 0, 0, 0, 0, 0, 0, 0, 0, 0, 176, 155, 140, 135, 0, 0, 0, 0, 0, 0, 0, 0, 180, 157,
  141, 134, 130, 0, 0, 0, 0, 0, 0, 0, 254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129, 0,
]);

/**
 * Reads a block's coefficients from position `first` on, multiplied by their factors, into `to`, which holds
 * zeros; they wrap at 16 bits. Returns one more than the position of the last, or `first` if there is none.
 * `probabilities` are those of the block's kind; `context` is the number of neighbours that are not empty.
 */
export function readCoefficients(
  probabilities: usize,
  context: usize,
  first: u32,
  dcFactor: i32,
  acFactor: i32,
  to: usize,
): u32 {
  let position = first;
  let here = probabilities + (position as usize) * POSITION_BYTES + context * CONTEXT_BYTES;
  while (position < 16) {
    if (!readBool(load<u8>(here))) return position;
    while (!readBool(load<u8>(here, 1))) {
      position++;
      if (position == 16) return 16;
      here = probabilities + (position as usize) * POSITION_BYTES;
    }
    const next = probabilities + ((position + 1) as usize) * POSITION_BYTES;
    let size = 1;
    if (readBool(load<u8>(here, 2))) {
      size = readLarge(here);
      here = next + 2 * CONTEXT_BYTES;
    } else {
      here = next + CONTEXT_BYTES;
    }
    const factor = position > 0 ? acFactor : dcFactor;
    const coefficient = readBool(128) ? -size : size;
    store<i16>(to + load<u8>(zigzag + position), (coefficient * factor) as i16);
    position++;
  }
  return 16;
}

function readLarge(here: usize): i32 {
  if (!readBool(load<u8>(here, 3))) {
    if (!readBool(load<u8>(here, 4))) return 2;
    return readBool(load<u8>(here, 5)) ? 4 : 3;
  }
  if (!readBool(load<u8>(here, 6))) {
    if (!readBool(load<u8>(here, 7))) return readBool(159) ? 6 : 5;
    const high = readBool(165) ? 2 : 0;
    return 7 + high + (readBool(145) ? 1 : 0);
  }
  const high: u32 = readBool(load<u8>(here, 8)) ? 2 : 0;
  const category = high + (readBool(load<u8>(here + (high >> 1), 9)) ? 1 : 0);
  let extra = 0;
  for (let at = categories + category * 12; load<u8>(at) != 0; at++) {
    extra = (extra << 1) | (readBool(load<u8>(at)) ? 1 : 0);
  }
  return 3 + (8 << category) + extra;
}
