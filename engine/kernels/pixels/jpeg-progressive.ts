/**
 * Decodes the scans of a progressive JPEG (ITU-T T.81, annex G.2) into what the scale will show. Of each
 * block only the coefficients that a cell of that size shows are kept, and one bit for every coefficient
 * that is not zero, which is all that refinement must know of the others.
 *
 * The memory of `scan` is that of jpeg-scan.ts, and at 32 the number of blocks that a run of ended bands
 * still covers. `slots`: for each zigzag position where a block keeps it, as a byte, or 255; then, at 64,
 * a u64 of the positions that are kept.
 */
import { meanByte, storeFour, storeTwo } from "../jpeg/cells";
import { extend, longCode, skipsAt, skipsToEnd } from "../jpeg/codes";
import { showBlock } from "../jpeg/inverse";

const bitsAt: usize = 0;
const bitCountAt: usize = 8;
const nextAt: usize = 12;
const lastDcAt: usize = 16;
const endAt: usize = 36;
const endedBlocksAt: usize = 32;

const patternsAt: usize = 16;

const keptAt: usize = 64;
const notKept: usize = 255;

/**
 * DC of `count` MCUs from the `first` on: its upper bits, or with `refine` one bit more. `plan` has a
 * record of four words for each block of an MCU: component, table, address in MCU 0, bytes to the next.
 */
export function decodeDc(
  scan: usize,
  plan: usize,
  blocks: i32,
  first: i32,
  count: i32,
  shift: i32,
  refine: bool,
): bool {
  let bits = load<u64>(scan, bitsAt);
  let bitCount = load<i32>(scan, bitCountAt);
  let next = <usize>load<u32>(scan, nextAt);
  for (let mcu = first; mcu < first + count; mcu++) {
    let record = plan;
    for (let block = 0; block < blocks; block++) {
      const at = <usize>load<u32>(record, 8) + <usize>mcu * <usize>load<u32>(record, 12);
      if (bitCount < 32) {
        bits |= (<u64>load<u32>(next)) << (32 - bitCount);
        bitCount += 32;
        next += 4;
      }
      if (refine) {
        if (bits >> 63) store<i16>(at, <i32>load<i16>(at) | (1 << shift));
        bits <<= 1;
        bitCount--;
      } else {
        const symbol = symbolAt(load<u32>(record, 4), bits);
        const size = symbol & 0xff;
        if (symbol < 0 || size > 11) return false;
        bits <<= symbol >> 8;
        const last = scan + lastDcAt + ((<usize>load<u32>(record)) << 2);
        let dc = load<i32>(last);
        if (size) dc += extend(<i32>(bits >> (64 - size)), size);
        bits <<= size;
        bitCount -= (symbol >> 8) + size;
        store<i32>(last, dc);
        store<i16>(at, dc << shift);
      }
      record += 16;
    }
  }
  return keep(scan, bits, bitCount, next);
}

/**
 * The first appearance of the band `start`..`end` of `count` neighbouring blocks. `masks` has their bits,
 * `kept` their coefficients, `keptBytes` a block.
 */
export function decodeAc(
  scan: usize,
  table: usize,
  masks: usize,
  kept: usize,
  keptBytes: usize,
  slots: usize,
  count: i32,
  start: i32,
  end: i32,
  shift: i32,
): bool {
  let bits = load<u64>(scan, bitsAt);
  let bitCount = load<i32>(scan, bitCountAt);
  let next = <usize>load<u32>(scan, nextAt);
  let ended = load<i32>(scan, endedBlocksAt);
  // From here on no coefficient is kept, only its bit.
  const maskOnlyFrom = 64 - <i32>clz(load<u64>(slots, keptAt));
  for (let k = 0; k < count; k++) {
    if (ended > 0) ended--;
    else {
      let mask: u64 = 0;
      let position = start;
      while (position <= end) {
        if (bitCount < 32) {
          bits |= (<u64>load<u32>(next)) << (32 - bitCount);
          bitCount += 32;
          next += 4;
        }
        if (position >= maskOnlyFrom) {
          const skip = load<u32>(table + ((<usize>(bits >> 54)) << 2), skipsAt);
          const after = position + ((skip >> 5) & 0x7f);
          // A band that may be full, or too full, is looked at code by code.
          if (skip && after <= end) {
            bits <<= skip & 0x1f;
            bitCount -= skip & 0x1f;
            mask |= (<u64>(skip >> 13)) << position;
            position = after;
            if (skip & skipsToEnd) break;
            continue;
          }
        }
        const symbol = symbolAt(table, bits);
        if (symbol < 0) return false;
        const length = symbol >> 8;
        const run = (symbol >> 4) & 15;
        const size = symbol & 15;
        bits <<= length;
        bitCount -= length;
        if (size) {
          position += run;
          if (position > end) return false;
          const own = <i32>(bits >> (64 - size));
          bits <<= size;
          bitCount -= size;
          mask |= (<u64>1) << position;
          const slot = <usize>load<u8>(slots + position);
          if (slot != notKept) store<i16>(kept + (slot << 1), extend(own, size) << shift);
          position++;
        } else if (run == 15) {
          position += 16;
        } else {
          ended = (1 << run) - 1;
          if (run) {
            ended += <i32>(bits >> (64 - run));
            bits <<= run;
            bitCount -= run;
          }
          break;
        }
      }
      store<u64>(masks, load<u64>(masks) | mask);
    }
    masks += 8;
    kept += keptBytes;
  }
  store<i32>(scan, ended, endedBlocksAt);
  return keep(scan, bits, bitCount, next);
}

/** One bit more of the band's coefficients, and those that only now become non-zero. */
export function refineAc(
  scan: usize,
  table: usize,
  masks: usize,
  kept: usize,
  keptBytes: usize,
  slots: usize,
  count: i32,
  start: i32,
  end: i32,
  shift: i32,
): bool {
  let bits = load<u64>(scan, bitsAt);
  let bitCount = load<i32>(scan, bitCountAt);
  let next = <usize>load<u32>(scan, nextAt);
  let ended = load<i32>(scan, endedBlocksAt);
  const shown = load<u64>(slots, keptAt);
  const upTo: u64 = ~(<u64>0) >> (63 - end);
  for (let k = 0; k < count; k++) {
    const old = load<u64>(masks);
    let mask = old;
    let position = start;
    if (ended == 0) {
      while (position <= end) {
        if (bitCount < 32) {
          bits |= (<u64>load<u32>(next)) << (32 - bitCount);
          bitCount += 32;
          next += 4;
        }
        const symbol = symbolAt(table, bits);
        if (symbol < 0 || (symbol & 15) > 1) return false;
        const length = symbol >> 8;
        let run = (symbol >> 4) & 15;
        bits <<= length;
        bitCount -= length;
        let sign = 0;
        if (symbol & 15) {
          sign = ((<i32>(bits >> 63)) << 1) - 1;
          bits <<= 1;
          bitCount--;
        } else if (run < 15) {
          ended = 1 << run;
          if (run) {
            ended += <i32>(bits >> (64 - run));
            bits <<= run;
            bitCount -= run;
          }
          break;
        }
        // The zero after `run` zeros, and what is not zero before it: each of those has a bit here.
        const here = old >> position;
        if (here << (63 - run) == 0) {
          position += run;
        } else {
          const band = upTo & (~(<u64>0) << position);
          let zeros = ~old & band;
          for (; run > 0; run--) zeros &= zeros - 1;
          const passed = old & band & (zeros ? (zeros & (0 - zeros)) - 1 : ~(<u64>0));
          position = zeros ? <i32>ctz(zeros) : end + 1;
          let left = <i32>popcnt(passed);
          if (passed & shown) refine(passed, shown, kept, slots, shift, bits, bitCount, next);
          while (left > 0) {
            if (bitCount < 32) {
              bits |= (<u64>load<u32>(next)) << (32 - bitCount);
              bitCount += 32;
              next += 4;
            }
            const some = min(left, 32);
            bits <<= some;
            bitCount -= some;
            left -= some;
          }
        }
        if (sign) {
          if (position > end) return false;
          mask |= (<u64>1) << position;
          const slot = <usize>load<u8>(slots + position);
          if (slot != notKept) store<i16>(kept + (slot << 1), sign << shift);
        }
        position++;
      }
      if (mask != old) store<u64>(masks, mask);
    }
    if (ended > 0) {
      if (position <= end) {
        const passed = old & upTo & (~(<u64>0) << position);
        if (passed & shown) refine(passed, shown, kept, slots, shift, bits, bitCount, next);
        let left = <i32>popcnt(passed);
        while (left > 0) {
          if (bitCount < 32) {
            bits |= (<u64>load<u32>(next)) << (32 - bitCount);
            bitCount += 32;
            next += 4;
          }
          const some = min(left, 32);
          bits <<= some;
          bitCount -= some;
          left -= some;
        }
      }
      ended--;
    }
    masks += 8;
    kept += keptBytes;
  }
  store<i32>(scan, ended, endedBlocksAt);
  return keep(scan, bits, bitCount, next);
}

/**
 * The bits of those of `passed` that are kept: one for each of `passed` follows, in order, of which the reader's
 * first `bitCount` are in `bits` and the others at `next`. The caller passes over all of them.
 */
function refine(
  passed: u64,
  shown: u64,
  kept: usize,
  slots: usize,
  shift: i32,
  bits: u64,
  bitCount: i32,
  next: usize,
): void {
  const bit = 1 << shift;
  for (let here = passed & shown; here; here &= here - 1) {
    const index = <i32>popcnt(passed & ((here & (0 - here)) - 1));
    const behind = index - bitCount;
    const isSet =
      behind < 0
        ? (bits << index) >> 63
        : <u64>((load<u32>(next + ((<usize>behind >> 5) << 2)) >> (31 - (behind & 31))) & 1);
    if (isSet == 0) continue;
    const at = kept + ((<usize>load<u8>(slots + <usize>ctz(here))) << 1);
    const value = <i32>load<i16>(at);
    // A bit that is set already was refined before: a damaged file, left as it is.
    if ((value & bit) == 0) store<i16>(at, value + (value > 0 ? bit : -bit));
  }
}

/** Shows `count` neighbouring blocks as cells of `side` x `side` samples, next to one another. */
export function showBlocks(
  masks: usize,
  kept: usize,
  keptBytes: usize,
  slots: usize,
  count: i32,
  patterns: usize,
  side: i32,
  out: usize,
  stride: usize,
): void {
  const shown = load<u64>(slots, keptAt);
  for (let k = 0; k < count; k++) {
    if (side == 1) {
      store<u8>(out, meanByte(load<i16>(kept), patterns + patternsAt));
    } else {
      const here = load<u64>(masks) & shown;
      if (side == 2) showTwo(here, kept, slots, patterns + patternsAt, out, stride);
      else if (side == 4) showFour(here, kept, slots, patterns + patternsAt, out, stride);
      else showEight(here, kept, patterns, out, stride);
    }
    masks += 8;
    kept += keptBytes;
    out += side;
  }
}

function showTwo(
  here: u64,
  kept: usize,
  slots: usize,
  patterns: usize,
  out: usize,
  stride: usize,
): void {
  let sum = f32x4.mul(f32x4.splat(<f32>load<i16>(kept)), v128.load(patterns));
  for (; here; here &= here - 1) {
    const position = <usize>ctz(here);
    const slot = <usize>load<u8>(slots + position);
    const value = f32x4.splat(<f32>load<i16>(kept + (slot << 1)));
    sum = f32x4.add(sum, f32x4.mul(value, v128.load(patterns + (position << 4))));
  }
  storeTwo(sum, out, stride);
}

function showFour(
  here: u64,
  kept: usize,
  slots: usize,
  patterns: usize,
  out: usize,
  stride: usize,
): void {
  const dc = f32x4.splat(<f32>load<i16>(kept));
  let sum0 = f32x4.mul(dc, v128.load(patterns));
  let sum1 = f32x4.mul(dc, v128.load(patterns, 16));
  let sum2 = f32x4.mul(dc, v128.load(patterns, 32));
  let sum3 = f32x4.mul(dc, v128.load(patterns, 48));
  for (; here; here &= here - 1) {
    const position = <usize>ctz(here);
    const slot = <usize>load<u8>(slots + position);
    const value = f32x4.splat(<f32>load<i16>(kept + (slot << 1)));
    const pattern = patterns + (position << 6);
    sum0 = f32x4.add(sum0, f32x4.mul(value, v128.load(pattern)));
    sum1 = f32x4.add(sum1, f32x4.mul(value, v128.load(pattern, 16)));
    sum2 = f32x4.add(sum2, f32x4.mul(value, v128.load(pattern, 32)));
    sum3 = f32x4.add(sum3, f32x4.mul(value, v128.load(pattern, 48)));
  }
  storeFour(sum0, sum1, sum2, sum3, out, stride);
}

/** All positions are kept, each in its own slot. */
function showEight(here: u64, kept: usize, patterns: usize, out: usize, stride: usize): void {
  const block = patterns + 256;
  store<i16>(block, <i32>load<i16>(kept) * <i32>(load<u32>(patterns) & 0xffff));
  let seen: u32 = 0;
  for (; here; here &= here - 1) {
    const position = <usize>ctz(here);
    const weight = load<u32>(patterns + (position << 2));
    const value = <i32>load<i16>(kept + (position << 1));
    store<i16>(block + (weight >> 16), value * <i32>(weight & 0xffff));
    seen |= weight;
  }
  showBlock(block, seen >> 16, out, stride);
}

/** Keeps the reader's state. Returns whether no more has been read than there is. */
function keep(scan: usize, bits: u64, bitCount: i32, next: usize): bool {
  store<u64>(scan, bits, bitsAt);
  store<i32>(scan, bitCount, bitCountAt);
  store<u32>(scan, <u32>next, nextAt);
  return next <= <usize>load<u32>(scan, endAt);
}

/** The symbol at the front of `bits` and, from bit 8 on, the length of its code; -1 where no code matches. */
function symbolAt(table: usize, bits: u64): i32 {
  const entry = load<i32>(table + ((<usize>(bits >> 54)) << 2));
  return entry ? entry : longCode(table, <u32>(bits >> 48));
}
