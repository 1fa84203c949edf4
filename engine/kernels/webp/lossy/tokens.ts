/** Coefficients of a 4 × 4 block (RFC 6386, §13). */
import { bits, keep, range, readBool, refill, value } from "./bool-reader";

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
 *
 * Most of a picture's time goes here. So the reader's state is in variables of this function, and what
 * `readBool` does is written out where bits are frequent; the rest goes through the reader.
 */
export function readCoefficients(
  probabilities: usize,
  context: usize,
  first: u32,
  dcFactor: i32,
  acFactor: i32,
  to: usize,
): u32 {
  let v = value;
  let r = range;
  let b = bits;
  let position = first;
  let here = probabilities + (position as usize) * POSITION_BYTES + context * CONTEXT_BYTES;
  while (position < 16) {
    // Is there another coefficient?
    if (b < 0) {
      keep(v, r, b);
      refill();
      v = value;
      b = bits;
    }
    let split = (r * load<u8>(here)) >> 8;
    if (((v >> b) as u32) <= split) {
      const shift = clz(split + 1) - 24;
      keep(v, ((split + 1) << shift) - 1, b - shift);
      return position;
    }
    v -= ((split + 1) as u64) << b;
    r -= split;
    let shift = clz(r) - 24;
    r = (r << shift) - 1;
    b -= shift;
    // How many zeros come first?
    while (true) {
      if (b < 0) {
        keep(v, r, b);
        refill();
        v = value;
        b = bits;
      }
      split = (r * load<u8>(here, 1)) >> 8;
      if (((v >> b) as u32) > split) break;
      shift = clz(split + 1) - 24;
      r = ((split + 1) << shift) - 1;
      b -= shift;
      position++;
      if (position == 16) {
        keep(v, r, b);
        return 16;
      }
      here = probabilities + (position as usize) * POSITION_BYTES;
    }
    v -= ((split + 1) as u64) << b;
    r -= split;
    shift = clz(r) - 24;
    r = (r << shift) - 1;
    b -= shift;
    // Is it more than 1?
    if (b < 0) {
      keep(v, r, b);
      refill();
      v = value;
      b = bits;
    }
    const next = probabilities + ((position + 1) as usize) * POSITION_BYTES;
    let size = 1;
    split = (r * load<u8>(here, 2)) >> 8;
    if (((v >> b) as u32) > split) {
      r -= split;
      shift = clz(r) - 24;
      keep(v - (((split + 1) as u64) << b), (r << shift) - 1, b - shift);
      size = readLarge(here);
      v = value;
      r = range;
      b = bits;
      here = next + 2 * CONTEXT_BYTES;
    } else {
      shift = clz(split + 1) - 24;
      r = ((split + 1) << shift) - 1;
      b -= shift;
      here = next + CONTEXT_BYTES;
    }
    // Its sign, for which both values are as likely.
    if (b < 0) {
      keep(v, r, b);
      refill();
      v = value;
      b = bits;
    }
    // Without a branch, which would be guessed wrongly half of the time. The range shrinks by one bit, always:
    // only before the first bit of a partition is it 254.
    split = r >> 1;
    const sign: i32 = ((split - ((v >> b) as u32)) as i32) >> 31;
    v -= (((split + 1) & (sign as u32)) as u64) << b;
    r = (r + (sign as u32)) | 1;
    b--;
    size = (size ^ sign) - sign;
    const factor = position > 0 ? acFactor : dcFactor;
    store<i16>(to + load<u8>(zigzag + position), (size * factor) as i16);
    position++;
  }
  keep(v, r, b);
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
