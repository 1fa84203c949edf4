/**
 * Decodes the scans of a progressive JPEG (ITU-T T.81, annex G.2) into coefficients held for the whole
 * picture: 64 signed 16-bit numbers a block, in zigzag order. The memory of `scan` is that of
 * jpeg-scan.ts, and after its list, at 544, the number of blocks that a run of ended bands still covers.
 */
import { show } from "./jpeg-scan";

const bitsAt: usize = 0;
const bitCountAt: usize = 8;
const nextAt: usize = 12;
const lastDcAt: usize = 16;
const endAt: usize = 28;
const listAt: usize = 32;
const endedBlocksAt: usize = 544;

const limitsAt: usize = 4096;
const offsetsAt: usize = 4164;
const symbolsAt: usize = 4232;

// The reader's state while one of the exported functions runs.
let bits: u64 = 0;
let bitCount: i32 = 0;
let next: usize = 0;

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
  begin(scan);
  for (let mcu = first; mcu < first + count; mcu++) {
    let record = plan;
    for (let block = 0; block < blocks; block++) {
      const at = <usize>load<u32>(record, 8) + <usize>mcu * <usize>load<u32>(record, 12);
      if (refine) {
        if (takeBit()) store<i16>(at, <i32>load<i16>(at) | (1 << shift));
      } else {
        const size = takeSymbol(load<u32>(record, 4));
        if (size < 0 || size > 11) return false;
        const last = scan + lastDcAt + ((<usize>load<u32>(record)) << 2);
        const dc = load<i32>(last) + (size ? takeValue(size) : 0);
        store<i32>(last, dc);
        store<i16>(at, dc << shift);
      }
      record += 16;
    }
  }
  return finish(scan);
}

/** The first appearance of the band `start`..`end` of `count` neighbouring blocks. */
export function decodeAc(
  scan: usize,
  table: usize,
  block: usize,
  count: i32,
  start: i32,
  end: i32,
  shift: i32,
): bool {
  begin(scan);
  let ended = load<i32>(scan, endedBlocksAt);
  for (let k = 0; k < count; k++) {
    if (ended > 0) ended--;
    else {
      let position = start;
      while (position <= end) {
        const symbol = takeSymbol(table);
        if (symbol < 0) return false;
        const run = symbol >> 4;
        const size = symbol & 15;
        if (size) {
          position += run;
          if (position > end) return false;
          store<i16>(block + ((<usize>position) << 1), takeValue(size) << shift);
          position++;
        } else if (run == 15) {
          position += 16;
        } else {
          ended = (1 << run) - 1 + (run ? takeBits(run) : 0);
          break;
        }
      }
    }
    block += 128;
  }
  store<i32>(scan, ended, endedBlocksAt);
  return finish(scan);
}

/** One bit more of the band's coefficients, and those that only now become non-zero. */
export function refineAc(
  scan: usize,
  table: usize,
  block: usize,
  count: i32,
  start: i32,
  end: i32,
  shift: i32,
): bool {
  begin(scan);
  let ended = load<i32>(scan, endedBlocksAt);
  for (let k = 0; k < count; k++) {
    let position = start;
    if (ended == 0) {
      while (position <= end) {
        const symbol = takeSymbol(table);
        if (symbol < 0 || (symbol & 15) > 1) return false;
        const run = symbol >> 4;
        let value = 0;
        if (symbol & 15) {
          value = takeBit() ? 1 << shift : -1 << shift;
        } else if (run < 15) {
          ended = (1 << run) + (run ? takeBits(run) : 0);
          break;
        }
        position = refineRun(block, position, end, run, shift);
        if (value) {
          if (position > end) return false;
          store<i16>(block + ((<usize>position) << 1), value);
        }
        position++;
      }
    }
    if (ended > 0) {
      refineRun(block, position, end, 64, shift);
      ended--;
    }
    block += 128;
  }
  store<i32>(scan, ended, endedBlocksAt);
  return finish(scan);
}

/** Refines what is non-zero until `zeros` zeros have been passed; returns the position of the next one. */
function refineRun(block: usize, position: i32, end: i32, zeros: i32, shift: i32): i32 {
  for (; position <= end; position++) {
    const at = block + ((<usize>position) << 1);
    const value = <i32>load<i16>(at);
    if (value == 0) {
      if (--zeros < 0) break;
    } else if (takeBit()) {
      // A bit that is set already was refined before: a damaged file, left as it is.
      const bit = 1 << shift;
      if ((value & bit) == 0) store<i16>(at, value + (value > 0 ? bit : -bit));
    }
  }
  return position;
}

/** Shows `count` neighbouring blocks of coefficients as cells of `side` x `side` samples. */
export function showBlocks(
  scan: usize,
  block: usize,
  count: i32,
  patterns: usize,
  side: i32,
  out: usize,
  stride: usize,
): void {
  const list = scan + listAt;
  for (let k = 0; k < count; k++) {
    let listEnd = list;
    // DC always stands first in the list, as `show` expects.
    let mask: u64 = nonZero(block) | 1;
    while (mask) {
      const position = <i32>ctz(mask);
      mask &= mask - 1;
      store<i32>(listEnd, position);
      store<i32>(listEnd, load<i16>(block + ((<usize>position) << 1)), 4);
      listEnd += 8;
    }
    show(list, listEnd, patterns, side, out, stride);
    block += 128;
    out += side;
  }
}

/** One bit for each coefficient that is not zero. */
function nonZero(block: usize): u64 {
  let mask: u64 = 0;
  for (let quarter: usize = 0; quarter < 4; quarter++) {
    const at = block + quarter * 32;
    const bytes = i8x16.narrow_i16x8_s(v128.load(at), v128.load(at, 16));
    mask |= (<u64>i8x16.bitmask(i8x16.ne(bytes, i8x16.splat(0)))) << (quarter * 16);
  }
  return mask;
}

function begin(scan: usize): void {
  bits = load<u64>(scan, bitsAt);
  bitCount = load<i32>(scan, bitCountAt);
  next = <usize>load<u32>(scan, nextAt);
}

/** Whether no more has been read than there is. */
function finish(scan: usize): bool {
  store<u64>(scan, bits, bitsAt);
  store<i32>(scan, bitCount, bitCountAt);
  store<u32>(scan, <u32>next, nextAt);
  return next <= <usize>load<u32>(scan, endAt);
}

/** Makes sure of 32 bits: enough for a code and the value after it. */
function refill(): void {
  if (bitCount < 32) {
    bits |= (<u64>load<u32>(next)) << (32 - bitCount);
    bitCount += 32;
    next += 4;
  }
}

function takeBits(count: i32): i32 {
  refill();
  const value = <i32>(bits >> (64 - count));
  bits <<= count;
  bitCount -= count;
  return value;
}

function takeBit(): i32 {
  return takeBits(1);
}

/** A value of `size` bits (T.81, table F.12): below half, it is negative. */
function takeValue(size: i32): i32 {
  const own = takeBits(size);
  return own < 1 << (size - 1) ? own - (1 << size) + 1 : own;
}

/** The next symbol, or -1 where no code matches. */
function takeSymbol(table: usize): i32 {
  refill();
  const entry = load<i32>(table + ((<usize>(bits >> 54)) << 2));
  if (entry) {
    bits <<= entry & 0x1f;
    bitCount -= entry & 0x1f;
    return entry >> 16;
  }
  const peek = <u32>(bits >> 48);
  let length = 11;
  while (length <= 16 && peek >= load<u32>(table + limitsAt + ((<usize>length) << 2))) length++;
  if (length > 16) return -1;
  const index =
    <i32>(peek >> (16 - length)) + load<i32>(table + offsetsAt + ((<usize>length) << 2));
  bits <<= length;
  bitCount -= length;
  return load<u8>(table + symbolsAt + <usize>(index & 255));
}
