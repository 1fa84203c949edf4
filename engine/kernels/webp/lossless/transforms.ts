/** The transforms undone, one row of the picture at a time (RFC 9649, §4). */
import { reserve, trim } from "../memory";
import { CORRUPT, OK, OVER_MEMORY } from "../status";
import { readBits } from "./bit-reader";
import { pixels, readSmallImage, tilesOf } from "./entropy-image";
import { addChannels, predictFirst, predictFirstRow, predictRun } from "./predictor";

const PREDICTOR: u32 = 0;
const CROSS_COLOUR: u32 = 1;
const SUBTRACT_GREEN: u32 = 2;
const COLOUR_INDEXING: u32 = 3;

/** A transform: kind, width of its rows, bits of its tiles or of packing, its data, rows of its own. */
const KIND: usize = 0;
const WIDTH: usize = 4;
const BITS: usize = 8;
const DATA: usize = 12;
const ROWS: usize = 16;
const TRANSFORM_BYTES: usize = 32;
const transforms = memory.data(4 * 32, 16);

let count: u32 = 0;
let seen: u32 = 0;
/** The width of the stream's own image: less than the picture's where indices are packed. */
export let codedWidth: u32 = 0;
/** The row in the making. */
let row: usize = 0;

/** Reads the transforms, in the order in which they were applied. */
export function readTransforms(width: u32, height: u32): i32 {
  codedWidth = width;
  while (readBits(1) != 0) {
    const kind = readBits(2);
    if ((seen & (1 << kind)) != 0) return CORRUPT;
    seen |= 1 << kind;
    const at = transforms + (count as usize) * TRANSFORM_BYTES;
    store<u32>(at, kind, KIND);
    store<u32>(at, codedWidth, WIDTH);
    count++;
    let status = OK;
    if (kind == COLOUR_INDEXING) status = readPalette(at);
    else if (kind != SUBTRACT_GREEN) status = readTiles(at, kind, height);
    if (status != OK) return status;
  }
  row = reserve((width as u64) * 4);
  return row == 0 ? OVER_MEMORY : OK;
}

/** Whether green alone decides what comes out: indices are looked up, and that is all. */
export function isGreenEnough(): bool {
  return count == 1 && load<u32>(transforms, KIND) == COLOUR_INDEXING;
}

function readTiles(at: usize, kind: u32, height: u32): i32 {
  const bits = 2 + readBits(3);
  const across = tilesOf(codedWidth, bits);
  const down = tilesOf(height, bits);
  store<u32>(at, bits, BITS);
  const status = readSmallImage(across, down);
  if (status != OK) return status;
  store<usize>(at, pixels, DATA);
  if (kind == CROSS_COLOUR) return OK;
  // Of a predictor's values, four bits of green count.
  const tiles = (across as usize) * (down as usize);
  for (let i: usize = 0; i < tiles; i++) {
    store<u8>(pixels + i, (load<u32>(pixels + (i << 2)) >> 8) & 15);
  }
  trim(pixels, tiles);
  // The row above and this one, without a gap: the last pixel's upper right is this row's first.
  const rows = reserve((codedWidth as u64) * 8 + 4);
  if (rows == 0) return OVER_MEMORY;
  store<usize>(at, rows + 4, ROWS);
  return OK;
}

/** Indices beyond the palette are transparent black, so it is as large as indices can be. */
function readPalette(at: usize): i32 {
  const colours = readBits(8) + 1;
  const bits: u32 = colours > 16 ? 0 : colours > 4 ? 1 : colours > 2 ? 2 : 3;
  const size: u32 = 1 << (8 >> bits);
  store<u32>(at, bits, BITS);
  const status = readSmallImage(colours, 1);
  if (status != OK) return status;
  const palette = reserve((size as u64) * 4);
  if (palette == 0) return OVER_MEMORY;
  memory.fill(palette, 0, (size as usize) * 4);
  let colour: u32 = 0;
  for (let i: usize = 0; i < colours; i++) {
    colour = addChannels(colour, load<u32>(pixels + (i << 2)));
    store<u32>(palette + (i << 2), colour);
  }
  store<usize>(at, palette, DATA);
  codedWidth = tilesOf(codedWidth, bits);
  return OK;
}

/** Row `y` of the picture, from 32-bit values or from green alone; rows are asked for in order. */
export function restoreRow(y: u32, isGreen: bool): usize {
  const from = pixels + (y as usize) * (codedWidth as usize) * (isGreen ? 1 : 4);
  if (isGreen) {
    for (let x: usize = 0; x < codedWidth; x++) {
      store<u32>(row + (x << 2), (load<u8>(from + x) as u32) << 8);
    }
  } else {
    memory.copy(row, from, (codedWidth as usize) << 2);
  }
  for (let i = (count as i32) - 1; i >= 0; i--) {
    const at = transforms + (i as usize) * TRANSFORM_BYTES;
    const kind = load<u32>(at, KIND);
    if (kind == PREDICTOR) predict(at, y);
    else if (kind == CROSS_COLOUR) addCrossColour(at, y);
    else if (kind == SUBTRACT_GREEN) addGreen(load<u32>(at, WIDTH));
    else lookUp(at);
  }
  return row;
}

function predict(at: usize, y: u32): void {
  const width = load<u32>(at, WIDTH);
  const bits = load<u32>(at, BITS);
  const rowBytes = (width as usize) << 2;
  const above = load<usize>(at, ROWS);
  const here = above + rowBytes;
  if (y == 0) {
    predictFirstRow(row, here, width);
  } else {
    memory.copy(above, here, rowBytes);
    predictFirst(row, above, here);
    let tile = load<usize>(at, DATA) + (y >> bits) * tilesOf(width, bits);
    for (let x: u32 = 1; x < width; tile++) {
      const end = min(((x >> bits) + 1) << bits, width);
      const start = (x as usize) << 2;
      const to = here + start;
      predictRun(load<u8>(tile), row + start, above + start, to, here + ((end as usize) << 2));
      x = end;
    }
  }
  memory.copy(row, here, rowBytes);
}

function addGreen(width: u32): void {
  const end = row + ((width as usize) << 2);
  for (let at = row; at < end; at += 16) {
    const values = v128.load(at);
    const greens = i8x16.shuffle(
      values,
      i64x2.splat(0),
      1,
      16,
      1,
      16,
      5,
      16,
      5,
      16,
      9,
      16,
      9,
      16,
      13,
      16,
      13,
      16,
    );
    v128.store(at, i8x16.add(values, greens));
  }
}

function addCrossColour(at: usize, y: u32): void {
  const width = load<u32>(at, WIDTH);
  const bits = load<u32>(at, BITS);
  let tile = load<usize>(at, DATA) + (((y >> bits) * tilesOf(width, bits)) << 2);
  for (let start: u32 = 0; start < width; start += 1 << bits) {
    const code = load<u32>(tile);
    const greenToRed: i32 = code as i8;
    const greenToBlue: i32 = (code >> 8) as i8;
    const redToBlue: i32 = (code >> 16) as i8;
    const end = row + ((min(start + (1 << bits), width) as usize) << 2);
    for (let to = row + ((start as usize) << 2); to < end; to += 4) {
      const green: i32 = load<i8>(to, 1);
      const red = load<u8>(to, 2) + ((greenToRed * green) >> 5);
      const blue = load<u8>(to) + ((greenToBlue * green) >> 5);
      store<u8>(to, red, 2);
      store<u8>(to, blue + ((redToBlue * (red as i8)) >> 5));
    }
    tile += 4;
  }
}

/** From the last value to the first: each makes room for up to eight pixels. */
function lookUp(at: usize): void {
  const width = load<u32>(at, WIDTH);
  const bits = load<u32>(at, BITS);
  const palette = load<usize>(at, DATA);
  const perValue: u32 = 1 << bits;
  const indexBits: u32 = 8 >> bits;
  const mask: u32 = (1 << indexBits) - 1;
  for (let value = ((width - 1) >> bits) as i32; value >= 0; value--) {
    const indices = (load<u32>(row + ((value as usize) << 2)) >> 8) & 0xff;
    const first = (value as u32) << bits;
    for (let i = (min(perValue, width - first) as i32) - 1; i >= 0; i--) {
      const index = (indices >> ((i as u32) * indexBits)) & mask;
      const colour = load<u32>(palette + ((index as usize) << 2));
      store<u32>(row + (((first + i) as usize) << 2), colour);
    }
  }
}
