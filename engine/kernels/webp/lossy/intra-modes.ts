/** How each macroblock of a row is predicted (RFC 6386, §8, §10 and §11): the first partition's data. */
import { readBool } from "./bool-reader";
import { blockModes } from "./tables";

/** The first four are modes of whole macroblocks and chroma as well; all are modes of 4 × 4 blocks. */
export const DC: u32 = 0;
export const TRUE_MOTION: u32 = 1;
export const VERTICAL: u32 = 2;
export const HORIZONTAL: u32 = 3;
export const RIGHT_DOWN: u32 = 4;
export const VERTICAL_RIGHT: u32 = 5;
export const LEFT_DOWN: u32 = 6;
export const VERTICAL_LEFT: u32 = 7;
export const HORIZONTAL_DOWN: u32 = 8;
export const HORIZONTAL_UP: u32 = 9;

/** A macroblock's record: sixteen modes (or one, and the rest of no meaning), then these. */
export const MODES_BYTES: usize = 32;
export const HAS_BLOCK_MODES: usize = 16;
export const CHROMA_MODE: usize = 17;
export const SEGMENT: usize = 18;
export const IS_SKIPPED: usize = 19;

/**
 * Reads `count` records into `to`. `above` holds the modes of the blocks above, four a macroblock, and gets
 * those of this row. `segmentProbabilities` is 0 where no segments are told.
 */
export function readModes(
  to: usize,
  count: u32,
  above: usize,
  segmentProbabilities: usize,
  maySkip: bool,
  skipProbability: u32,
): void {
  let left: u32 = 0;
  for (; count > 0; count--) {
    const segment = segmentProbabilities != 0 ? readSegment(segmentProbabilities) : 0;
    store<u8>(to, segment, SEGMENT);
    store<u8>(to, maySkip && readBool(skipProbability) ? 1 : 0, IS_SKIPPED);
    if (readBool(145)) {
      const mode = readBool(156)
        ? readBool(128)
          ? TRUE_MOTION
          : HORIZONTAL
        : readBool(163)
          ? VERTICAL
          : DC;
      store<u8>(to, 0, HAS_BLOCK_MODES);
      store<u8>(to, mode);
      left = mode * 0x01010101;
      store<u32>(above, left);
    } else {
      store<u8>(to, 1, HAS_BLOCK_MODES);
      left = readBlockModes(to, above, left);
    }
    const chroma = !readBool(142)
      ? DC
      : !readBool(114)
        ? VERTICAL
        : readBool(183)
          ? TRUE_MOTION
          : HORIZONTAL;
    store<u8>(to, chroma, CHROMA_MODE);
    to += MODES_BYTES;
    above += 4;
  }
}

function readSegment(probabilities: usize): u32 {
  if (!readBool(load<u8>(probabilities))) return readBool(load<u8>(probabilities, 1)) ? 1 : 0;
  return readBool(load<u8>(probabilities, 2)) ? 3 : 2;
}

/** `left` and the result hold four modes, the topmost in the lowest byte. */
function readBlockModes(to: usize, above: usize, left: u32): u32 {
  let lefts: u32 = 0;
  for (let y: u32 = 0; y < 32; y += 8) {
    let mode = (left >> y) & 0xff;
    for (let x: usize = 0; x < 4; x++) {
      mode = readBlockMode(blockModes + ((load<u8>(above + x) as usize) * 10 + mode) * 9);
      store<u8>(above + x, mode);
    }
    store<u32>(to, load<u32>(above));
    to += 4;
    lefts |= mode << y;
  }
  return lefts;
}

function readBlockMode(probabilities: usize): u32 {
  if (!readBool(load<u8>(probabilities))) return DC;
  if (!readBool(load<u8>(probabilities, 1))) return TRUE_MOTION;
  if (!readBool(load<u8>(probabilities, 2))) return VERTICAL;
  if (!readBool(load<u8>(probabilities, 3))) {
    if (!readBool(load<u8>(probabilities, 4))) return HORIZONTAL;
    return readBool(load<u8>(probabilities, 5)) ? VERTICAL_RIGHT : RIGHT_DOWN;
  }
  if (!readBool(load<u8>(probabilities, 6))) return LEFT_DOWN;
  if (!readBool(load<u8>(probabilities, 7))) return VERTICAL_LEFT;
  return readBool(load<u8>(probabilities, 8)) ? HORIZONTAL_UP : HORIZONTAL_DOWN;
}
