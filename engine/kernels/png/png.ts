/**
 * PNG pixels by rows: compressed pieces go in, strips of RGBA rows come out, optionally box-averaged by
 * a whole factor on the way. Memory depends on the width of the picture and not on its height, but for
 * Adam7, whose passes each touch the whole picture.
 *
 *     begin → (push → step → read the strip)* until DONE or an error
 *
 * The chunk walk, palettes and everything else that is not per pixel lives in codecs/png-decoder.ts.
 */
import {
  BAD_STREAM,
  HISTORY,
  NEED_INPUT as STREAM_NEEDS_INPUT,
  OUTPUT_FULL,
  SHORT_STREAM,
  SLACK,
  STREAM_END,
  inflate,
  inputAt,
  inputEnd,
  outputAt,
  outputStart,
  resetInflate,
  setInput,
  setOutput,
} from "./inflate";
import { expand, lookup, setClearColour } from "./expand";
import { addRow, addScattered, divideRow, halveRows } from "./shrink";
import { crc32 } from "./crc";
import { unfilter } from "./unfilter";

export { crc32, setClearColour };
export * from "./filter";

/** What `step` says. Rows may be waiting in the strip after any of the first three. */
const NEED_INPUT: i32 = 0;
const STRIP_READY: i32 = 1;
const DONE: i32 = 2;
const BAD_DATA: i32 = -1;
const SHORT_DATA: i32 = -2;
const BAD_FILTER: i32 = -3;
const TOO_LONG: i32 = -4;

const INPUT_BYTES: usize = 65536;
/** Room before a piece for what was left of the last, and behind it for reading ahead. */
const INPUT_MARGIN: usize = 1024;
/** Inflated beyond history and one row before rows are taken out. */
const WINDOW_ROOM: usize = 65536;

/** Adam7: first column and row, and the gaps between them, of the seven passes. */
const passes = memory.data<u8>([
  0, 0, 8, 8, 4, 0, 8, 8, 0, 4, 4, 8, 2, 0, 4, 4, 0, 2, 2, 4, 1, 0, 2, 2, 0, 1, 1, 2,
]);

let width: u32 = 0;
let height: u32 = 0;
let depth: u32 = 0;
let colour: u32 = 0;
let pixelBits: u32 = 0;
let isInterlaced: bool = false;
let hasAlpha: bool = false;
let factor: u32 = 1;
let outWidth: u32 = 0;

let input: usize = 0;
let window: usize = 0;
let windowEnd: usize = 0;
let currentRow: usize = 0;
let previousRow: usize = 0;
let pixels: usize = 0;
let sums: usize = 0;
let sumsBytes: usize = 0;
let strip: usize = 0;
let stripRowsMax: u32 = 0;
let stripRows: u32 = 0;

let consumeAt: usize = 0;
let bytesLeft: u64 = 0;
let isHeaderRead: bool = false;
let isInputFinal: bool = false;

let pass: u32 = 0;
let passWidth: u32 = 0;
let passHeight: u32 = 0;
let passRowBytes: usize = 0;
let y: u32 = 0;

/** Lays out memory for one picture; false when it cannot be had. `rows`: how many a strip may hold. */
export function begin(
  pictureWidth: u32,
  pictureHeight: u32,
  bitDepth: u32,
  colourType: u32,
  interlaced: bool,
  alpha: bool,
  shrink: u32,
  rows: u32,
): bool {
  width = pictureWidth;
  height = pictureHeight;
  depth = bitDepth;
  colour = colourType;
  isInterlaced = interlaced;
  hasAlpha = alpha;
  factor = shrink;
  outWidth = (width + factor - 1) / factor;
  const outHeight = (height + factor - 1) / factor;
  pixelBits = bitDepth * (colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1);
  stripRowsMax = interlaced ? outHeight : min(rows, outHeight);
  if (!layOut(outHeight)) return false;
  stripRows = 0;
  isHeaderRead = false;
  isInputFinal = false;
  resetInflate();
  setInput(input, input, false);
  bytesLeft = rawBytes();
  consumeAt = window;
  setOutput(window, window, window);
  memory.fill(sums, 0, sumsBytes);
  if (interlaced && factor == 1) memory.fill(strip, 0, ((outWidth as usize) << 2) * outHeight);
  pass = interlaced ? 0 : 7;
  startPass();
  return true;
}

function layOut(outHeight: u32): bool {
  const rowBytes = rowBytesOf(width);
  const rgbaBytes = ((width as usize) << 2) + 32;
  const boxes =
    factor > 1 ? ((outWidth as usize) << 4) * (isInterlaced ? (outHeight as usize) : 1) : 0;
  let at = (__heap_base + 15) & ~15;
  input = at + INPUT_MARGIN;
  at = input + INPUT_BYTES + INPUT_MARGIN;
  window = at;
  windowEnd = window + HISTORY + WINDOW_ROOM + rowBytes + 1;
  at = (windowEnd + SLACK + 15) & ~15;
  currentRow = at;
  at = (at + rowBytes + 47) & ~15;
  previousRow = at;
  at = (at + rowBytes + 47) & ~15;
  pixels = at;
  at += (rgbaBytes + 15) & ~15;
  sums = at;
  sumsBytes = boxes;
  at += boxes;
  strip = at;
  // Interlaced boxes become pixels where they are.
  if (!isInterlaced || factor == 1) at += ((outWidth as usize) << 2) * stripRowsMax + 32;
  return reserve(at);
}

function rowBytesOf(pixelCount: u32): usize {
  return (((pixelCount as u64) * pixelBits + 7) >> 3) as usize;
}

/** Bytes the stream must inflate to: each row has its filter in front. */
function rawBytes(): u64 {
  if (!isInterlaced) return (height as u64) * ((rowBytesOf(width) as u64) + 1);
  let total: u64 = 0;
  for (let i: u32 = 0; i < 7; i++) {
    const columns = passColumns(i);
    if (columns > 0) total += (passLines(i) as u64) * ((rowBytesOf(columns) as u64) + 1);
  }
  return total;
}

function passField(index: u32, field: u32): u32 {
  return load<u8>(passes + index * 4 + field);
}

function passColumns(index: u32): u32 {
  const first = passField(index, 0);
  const gap = passField(index, 2);
  return width > first ? (width - first + gap - 1) / gap : 0;
}

function passLines(index: u32): u32 {
  const first = passField(index, 1);
  const gap = passField(index, 3);
  return height > first ? (height - first + gap - 1) / gap : 0;
}

/** Sets out the pass numbered `pass`, or the next that has pixels; 7 is the whole, not interlaced. */
function startPass(): void {
  if (isInterlaced) {
    while (pass < 7 && (passColumns(pass) == 0 || passLines(pass) == 0)) pass++;
    if (pass == 7) return;
  }
  passWidth = isInterlaced ? passColumns(pass) : width;
  passHeight = isInterlaced ? passLines(pass) : height;
  passRowBytes = rowBytesOf(passWidth);
  y = 0;
  memory.fill(previousRow, 0, passRowBytes + 16);
}

/** Where the next piece of input (of at most `inputBytesMax`) goes; what was left of the last moves before it. */
export function inputAddress(): usize {
  // What follows the last pixel is not wanted.
  const left: usize = bytesLeft == 0 ? 0 : inputEnd - inputAt;
  const from = input - left;
  // Eight bytes more: of those already held as bits, a stored block gives whole ones back.
  memory.copy(from - 8, inputAt - 8, left + 8);
  setInput(from, input, isInputFinal);
  return input;
}

export function inputBytesMax(): usize {
  return INPUT_BYTES;
}

/** `length` bytes now lie at `inputAddress()`. `final`: they are the last. */
export function push(length: usize, final: bool): void {
  isInputFinal = final;
  memory.fill(input + length, 0, 64);
  setInput(inputAt, input + length, final);
}

/**
 * A whole zlib stream at once, for what is small (a colour profile): `length` bytes at
 * `wholeAddress(length, outputMax)` become bytes right behind them. Length of the output, BAD_DATA,
 * SHORT_DATA, or TOO_LONG when it would be longer than `outputMax`. Ends any picture under way.
 */
export function inflateWhole(length: usize, outputMax: usize): i32 {
  const from = wholeAddress(length, outputMax);
  if (from == 0 || length < 2) return SHORT_DATA;
  resetInflate();
  isInputFinal = true;
  memory.fill(from + length, 0, 64);
  setInput(from, from + length, true);
  if (!readZlibHeader()) return BAD_DATA;
  const to = from + length + INPUT_MARGIN;
  setOutput(to, to, to + outputMax);
  const stopped = inflate();
  if (stopped == STREAM_END) return (outputAt - to) as i32;
  return stopped == OUTPUT_FULL ? TOO_LONG : stopped == BAD_STREAM ? BAD_DATA : SHORT_DATA;
}

/** 0 when memory cannot be had. The output lies `length` + INPUT_MARGIN further on. */
export function wholeAddress(length: usize, outputMax: usize): usize {
  const from = (__heap_base + 15) & ~15;
  return reserve(from + length + INPUT_MARGIN + outputMax + SLACK) ? from : 0;
}

function reserve(end: usize): bool {
  const pagesNeeded = ((end + 65535) >> 16) as i32;
  const pages = memory.size();
  return pagesNeeded <= pages || memory.grow(pagesNeeded - pages) >= 0;
}

export function lookupAddress(): usize {
  return lookup;
}

export function stripAddress(): usize {
  return strip;
}

export function stripRowCount(): u32 {
  return stripRows;
}

/** Goes on until input is needed, the strip is full, the picture is done or its data is bad. */
export function step(): i32 {
  stripRows = 0;
  if (!isHeaderRead) {
    if (inputEnd - inputAt < 2) return isInputFinal ? SHORT_DATA : NEED_INPUT;
    if (!readZlibHeader()) return BAD_DATA;
  }
  while (true) {
    const drained = takeRows();
    if (drained != 0) return drained;
    makeRoom();
    const before = outputAt;
    const stopped = inflate();
    bytesLeft -= min<u64>(bytesLeft, outputAt - before);
    if (stopped == OUTPUT_FULL) continue;
    // Rows that are whole are handed out before the reader asks for more or gives up.
    const rows = takeRows();
    if (rows != 0) return rows;
    if (stopped == STREAM_NEEDS_INPUT) return NEED_INPUT;
    if (stopped == BAD_STREAM) return BAD_DATA;
    if (stopped == STREAM_END || stopped == SHORT_STREAM) return SHORT_DATA;
  }
}

/** RFC 1950, 2.2: deflate, a window of at most 32 KiB, no dictionary, and a checksum over the two bytes. */
function readZlibHeader(): bool {
  const method: u32 = load<u8>(inputAt);
  const flags: u32 = load<u8>(inputAt + 1);
  setInput(inputAt + 2, inputEnd, isInputFinal);
  isHeaderRead = true;
  return (
    (method & 15) == 8 && method >> 4 <= 7 && (flags & 32) == 0 && (method * 256 + flags) % 31 == 0
  );
}

/** Moves history, or the beginning of a row if that is older, to the front of the window. */
function makeRoom(): void {
  const spent = outputAt - window;
  const oldest = spent > HISTORY ? outputAt - HISTORY : window;
  const keep = min(oldest, consumeAt);
  if (keep > window && outputAt + WINDOW_ROOM / 2 > windowEnd) {
    const moved = keep - window;
    memory.copy(window, keep, outputAt - keep);
    consumeAt -= moved;
    setOutput(outputAt - moved, window, windowEnd);
  }
  const end = min<u64>(windowEnd, (outputAt as u64) + bytesLeft) as usize;
  setOutput(outputAt, outputStart, end);
}

/** Unfilters every whole row there is. 0: go on. */
function takeRows(): i32 {
  while (pass < 7 || !isInterlaced) {
    if (!isInterlaced && y == height) return DONE;
    if (stripRows == stripRowsMax && !isInterlaced) return STRIP_READY;
    if (outputAt - consumeAt < passRowBytes + 1) return 0;
    const filter: u32 = load<u8>(consumeAt);
    if (filter > 4) return BAD_FILTER;
    const stepBytes = max<u32>(1, pixelBits >> 3);
    unfilter(filter, consumeAt + 1, previousRow, currentRow, passRowBytes, stepBytes);
    consumeAt += passRowBytes + 1;
    if (isInterlaced) scatterRow();
    else emitRow();
    const swap = previousRow;
    previousRow = currentRow;
    currentRow = swap;
    y++;
    if (isInterlaced && y == passHeight) {
      pass++;
      startPass();
    }
  }
  finishInterlaced();
  return DONE;
}

function emitRow(): void {
  const to = strip + ((outWidth as usize) << 2) * stripRows;
  if (factor == 1) {
    expand(currentRow, to, width, colour, depth);
    stripRows++;
    return;
  }
  if (factor == 2 && !hasAlpha) {
    emitHalf(to);
    return;
  }
  expand(currentRow, pixels, width, colour, depth);
  addRow(pixels, sums, width, factor, hasAlpha);
  const inBox = (y % factor) + 1;
  if (inBox < factor && y + 1 < height) return;
  divideRow(sums, to, width, factor, inBox, hasAlpha);
  memory.fill(sums, 0, sumsBytes);
  stripRows++;
}

/** Every second row, and the last: where sums would be, the row before waits. */
function emitHalf(to: usize): void {
  const isSecond = (y & 1) != 0;
  const row = isSecond ? pixels : sums;
  expand(currentRow, row, width, colour, depth);
  if (!isSecond && y + 1 < height) return;
  halveRows(sums, row, width, to);
  stripRows++;
}

function scatterRow(): void {
  expand(currentRow, pixels, passWidth, colour, depth);
  const x0 = passField(pass, 0);
  const gap = passField(pass, 2);
  const row = passField(pass, 1) + y * passField(pass, 3);
  if (factor > 1) {
    const at = sums + ((outWidth as usize) << 4) * (row / factor);
    addScattered(pixels, at, passWidth, x0, gap, factor, hasAlpha);
    return;
  }
  let to = strip + (((width as usize) * row + x0) << 2);
  for (let i: usize = 0; i < passWidth; i++) {
    store<u32>(to, load<u32>(pixels + (i << 2)));
    to += (gap as usize) << 2;
  }
}

function finishInterlaced(): void {
  stripRows = stripRowsMax;
  if (factor == 1) return;
  const boxRow = (outWidth as usize) << 4;
  for (let row: u32 = 0; row < stripRowsMax; row++) {
    const lines = min(factor, height - row * factor);
    const to = sums + ((outWidth as usize) << 2) * row;
    divideRow(sums + boxRow * row, to, width, factor, lines, hasAlpha);
  }
  strip = sums;
}
