import {
  DISTANCE_SPILL,
  END_OF_BLOCK,
  INVALID,
  LITERAL,
  LITERAL_SPILL,
  SPECIAL,
  buildCodeLengths,
  buildDistances,
  buildLiterals,
  codeLengthTable,
  distanceTable,
  lengths,
  literalTable,
} from "./codes";

/**
 * DEFLATE (RFC 1951) into a sliding window, resumable at any symbol: input comes in pieces and output
 * leaves in pieces, so memory does not depend on the size of the stream.
 *
 * The hot loop holds at least 56 bits, reads and copies eight and sixteen bytes at a time, and may run
 * past the ends of input and output by `SLACK` bytes, which the buffers therefore have to spare.
 */

export const SLACK: usize = 320;
export const HISTORY: usize = 32768;

/** What `inflate` says when it stops. */
export const NEED_INPUT: i32 = 0;
export const OUTPUT_FULL: i32 = 1;
export const STREAM_END: i32 = 2;
export const BAD_STREAM: i32 = -1;
export const SHORT_STREAM: i32 = -2;

const codeLengthOrder = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/** Where it is in the stream. */
const IN_HEADER: i32 = 0;
const IN_STORED: i32 = 1;
const IN_CODES: i32 = 2;
const AT_END: i32 = 3;

let state: i32 = IN_HEADER;
let isLastBlock: bool = false;
let storedLeft: u32 = 0;
let bits: u64 = 0;
let bitCount: u32 = 0;

/** Input that is not yet read, and where it ends. `inputFinal`: nothing will follow. */
export let inputAt: usize = 0;
export let inputEnd: usize = 0;
export let inputFinal: bool = false;
/** Next byte to write, the oldest byte a match may reach, and where output has to stop. */
export let outputAt: usize = 0;
export let outputStart: usize = 0;
export let outputEnd: usize = 0;

export function resetInflate(): void {
  state = IN_HEADER;
  isLastBlock = false;
  bits = 0;
  bitCount = 0;
}

export function setInput(at: usize, end: usize, final: bool): void {
  inputAt = at;
  inputEnd = end;
  inputFinal = final;
}

export function setOutput(at: usize, start: usize, end: usize): void {
  outputAt = at;
  outputStart = start;
  outputEnd = end;
}

/** The longest block header: 3 + 14 + 19·3 + 316·14 bits is less than this many bytes. */
const HEADER_BYTES_MAX: usize = 640;
/** The longest symbol and its extra bits are 48 bits; the reader looks 8 bytes ahead. */
const SYMBOL_BYTES_MAX: usize = 24;

/** Runs until input or output or the stream ends. Bytes past the output's end by SLACK may be overwritten. */
export function inflate(): i32 {
  while (true) {
    if (state == AT_END) return STREAM_END;
    if (outputAt >= outputEnd) return OUTPUT_FULL;
    let result: i32;
    if (state == IN_HEADER) {
      if (!inputFinal && inputEnd - inputAt < HEADER_BYTES_MAX) return NEED_INPUT;
      result = readHeader();
    } else if (state == IN_STORED) {
      result = copyStored();
    } else {
      result = readCodes();
    }
    if (isOverrun()) return SHORT_STREAM;
    if (result != 0) return result == NEED_MORE ? NEED_INPUT : result;
  }
}

/** Internal: distinct from 0, which means "go on". */
const NEED_MORE: i32 = 3;

/** Past the end of all input the reader sees zeros; what it took of them was never there. */
function isOverrun(): bool {
  return inputAt - (bitCount >> 3) > inputEnd;
}

function refill(): void {
  bits |= load<u64>(inputAt) << bitCount;
  inputAt += (63 - bitCount) >> 3;
  bitCount |= 56;
}

function take(count: u32): u32 {
  const value = (bits as u32) & ((1 << count) - 1);
  bits >>= count;
  bitCount -= count;
  return value;
}

function readHeader(): i32 {
  refill();
  isLastBlock = take(1) != 0;
  const kind = take(2);
  if (kind == 0) return readStoredHeader();
  if (kind == 3) return BAD_STREAM;
  const ok = kind == 1 ? fixedCodes() : dynamicCodes();
  if (!ok) return BAD_STREAM;
  state = IN_CODES;
  return 0;
}

function readStoredHeader(): i32 {
  take(bitCount & 7);
  refill();
  const length = take(16);
  const complement = take(16);
  inputAt -= bitCount >> 3;
  bits = 0;
  bitCount = 0;
  if (inputAt > inputEnd) return SHORT_STREAM;
  if ((length ^ complement) != 0xffff) return BAD_STREAM;
  storedLeft = length;
  state = IN_STORED;
  return 0;
}

function copyStored(): i32 {
  const available = min(inputEnd - inputAt, outputEnd - outputAt);
  const count = min<usize>(storedLeft, available);
  memory.copy(outputAt, inputAt, count);
  inputAt += count;
  outputAt += count;
  storedLeft -= count as u32;
  if (storedLeft == 0) {
    state = isLastBlock ? AT_END : IN_HEADER;
    return 0;
  }
  if (outputAt >= outputEnd) return OUTPUT_FULL;
  return inputFinal ? SHORT_STREAM : NEED_MORE;
}

function fixedCodes(): bool {
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  if (!buildLiterals(288)) return false;
  memory.fill(lengths, 5, 32);
  return buildDistances(lengths, 32);
}

function dynamicCodes(): bool {
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const codeLengths = take(4) + 4;
  if (literals > 286 || distances > 30) return false;
  memory.fill(lengths, 0, 19);
  for (let i: u32 = 0; i < codeLengths; i++) {
    refill();
    store<u8>(lengths + load<u8>(codeLengthOrder + i), take(3) as u8);
  }
  if (!buildCodeLengths(19)) return false;
  if (!readLengths(literals + distances)) return false;
  if (load<u8>(lengths + 256) == 0) return false;
  return buildDistances(lengths + literals, distances) && buildLiterals(literals);
}

/** Code lengths are themselves coded, with runs (RFC 1951, 3.2.7). */
function readLengths(total: u32): bool {
  let at: u32 = 0;
  while (at < total) {
    refill();
    const entry = load<u32>(codeLengthTable + (((bits as u32) & 127) << 2));
    if (entry & SPECIAL) return false;
    take(entry & 31);
    const symbol = entry >> 16;
    if (symbol < 16) {
      store<u8>(lengths + at++, symbol as u8);
      continue;
    }
    if (symbol == 16 && at == 0) return false;
    const previous = symbol == 16 ? load<u8>(lengths + at - 1) : 0;
    const run = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
    if (at + run > total) return false;
    memory.fill(lengths + at, previous, run);
    at += run;
  }
  return true;
}

/**
 * The hot loop: its state lives in locals, and goes back to the globals once, when it stops. Each entry is looked up
 * as soon as the bits before it are gone, so that what depends on the last one need not be done first. A shift by an
 * entry is one by its lowest six bits; of `held` the lowest six count.
 */
function readCodes(): i32 {
  const inputStop = inputFinal ? inputEnd + 8 : inputEnd - SYMBOL_BYTES_MAX;
  if (!inputFinal && inputEnd - inputAt < SYMBOL_BYTES_MAX) return NEED_MORE;
  const outputStop = outputEnd;
  const oldest = outputStart;
  let from = inputAt;
  let to = outputAt;
  let hold = bits | (load<u64>(from) << bitCount);
  let held = bitCount;
  let result: i32 = 0;
  let entry = literalEntry(hold);
  while (true) {
    if (to >= outputStop) break;
    if (from > inputStop) {
      result = inputFinal ? SHORT_STREAM : NEED_MORE;
      break;
    }
    hold |= load<u64>(from) << held;
    from += 7 - ((held >> 3) & 7);
    held |= 56;
    // Four literals of at most 11 bits fit what is held, and photographs are mostly literals.
    if (entry & LITERAL) {
      hold >>= entry;
      held -= entry;
      store<u8>(to++, (entry >> 16) as u8);
      entry = literalEntry(hold);
      if (entry & LITERAL) {
        hold >>= entry;
        held -= entry;
        store<u8>(to++, (entry >> 16) as u8);
        entry = literalEntry(hold);
        if (entry & LITERAL) {
          hold >>= entry;
          held -= entry;
          store<u8>(to++, (entry >> 16) as u8);
          entry = literalEntry(hold);
          if (entry & LITERAL) {
            hold >>= entry;
            held -= entry;
            store<u8>(to++, (entry >> 16) as u8);
            entry = literalEntry(hold);
            continue;
          }
        }
      }
      hold |= load<u64>(from) << held;
      from += 7 - ((held >> 3) & 7);
      held |= 56;
    }
    if (entry & SPECIAL) {
      if ((entry & (END_OF_BLOCK | INVALID)) == 0) {
        const second = (entry >> 16) + (((hold as u32) >> 11) & (LITERAL_SPILL - 1));
        entry = load<u32>(literalTable + (second << 2));
        if (entry & LITERAL) {
          hold >>= entry;
          held -= entry;
          store<u8>(to++, (entry >> 16) as u8);
          entry = literalEntry(hold);
          continue;
        }
      }
      if (entry & SPECIAL) {
        if (entry & END_OF_BLOCK) {
          hold >>= entry;
          held -= entry;
          state = isLastBlock ? AT_END : IN_HEADER;
        } else result = BAD_STREAM;
        break;
      }
    }
    const length = (entry >> 16) + extraBits(hold, entry);
    hold >>= entry;
    held -= entry;
    entry = load<u32>(distanceTable + (((hold as u32) & 511) << 2));
    if (entry & SPECIAL) {
      if ((entry & INVALID) == 0) {
        const second = (entry >> 16) + (((hold as u32) >> 9) & (DISTANCE_SPILL - 1));
        entry = load<u32>(distanceTable + (second << 2));
      }
      if (entry & SPECIAL) {
        result = BAD_STREAM;
        break;
      }
    }
    const distance = (entry >> 16) + extraBits(hold, entry);
    hold >>= entry;
    held -= entry;
    if ((distance as usize) > to - oldest) {
      result = BAD_STREAM;
      break;
    }
    entry = literalEntry(hold);
    copyMatch(to, distance, length);
    to += length;
  }
  inputAt = from;
  outputAt = to;
  bits = hold;
  bitCount = held & 63;
  return result;
}

function literalEntry(hold: u64): u32 {
  return load<u32>(literalTable + (((hold as u32) & 2047) << 2));
}

/** What stands behind a code: all bits of the entry but those of the code itself. */
function extraBits(hold: u64, entry: u32): u32 {
  return ((hold as u32) & (((1 as u32) << entry) - 1)) >> (entry >> 8);
}

/** May write up to 15 bytes past the match. */
function copyMatch(to: usize, distance: usize, length: usize): void {
  const end = to + length;
  let source = to - distance;
  let target = to;
  if (distance >= 16) {
    do {
      v128.store(target, v128.load(source));
      target += 16;
      source += 16;
    } while (target < end);
  } else if (distance == 1) {
    const run = i8x16.splat(load<u8>(source));
    do {
      v128.store(target, run);
      target += 16;
    } while (target < end);
  } else {
    // Eight bytes from a shorter distance carry `distance` right ones; the next step mends the others.
    const stride = min<usize>(distance, 8);
    do {
      store<u64>(target, load<u64>(source));
      target += stride;
      source += stride;
    } while (target < end);
  }
}
