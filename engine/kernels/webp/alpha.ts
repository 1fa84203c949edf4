/** The alpha plane of a lossy picture (RFC 9649, §2.7.1.2), row by row. */
import { openAlphaStream, rowOf } from "./lossless/stream";
import { reserve } from "./memory";
import { CORRUPT, OK, OVER_MEMORY, TRUNCATED } from "./status";

const LOSSLESS: u32 = 1;

const HORIZONTAL: u32 = 1;
const VERTICAL: u32 = 2;
const GRADIENT: u32 = 3;

let isRaw: bool = false;
let filter: u32 = 0;
let width: usize = 0;
/** Where the next raw row is. */
let raw: usize = 0;
/** The row last made, and the one before it. */
let row: usize = 0;
let previous: usize = 0;

export function openAlpha(at: usize, length: usize, across: u32, down: u32): i32 {
  if (length < 2) return TRUNCATED;
  const header: u32 = load<u8>(at);
  const method = header & 3;
  filter = (header >> 2) & 3;
  const preprocessing = (header >> 4) & 3;
  const reserved = header >> 6;
  if (method > LOSSLESS || preprocessing > 1 || reserved != 0) return CORRUPT;
  width = across;
  row = reserve(across);
  previous = reserve(across);
  if (previous == 0) return OVER_MEMORY;
  raw = at + 1;
  isRaw = method != LOSSLESS;
  if (isRaw) return ((length - 1) as u64) < (across as u64) * down ? TRUNCATED : OK;
  return openAlphaStream(raw, length - 1, across, down);
}

/** Row `y`, a byte a pixel; each row once, in order. */
export function alphaRow(y: u32): usize {
  const above = row;
  row = previous;
  previous = above;
  readRow(y);
  if (filter == HORIZONTAL || (filter != 0 && y == 0)) {
    // The first row of any filter is as this one's, and the others begin from the sample above.
    undoHorizontal(y == 0 ? 0 : load<u8>(above));
  } else if (filter == VERTICAL) {
    for (let x: usize = 0; x < width; x += 16) {
      v128.store(row + x, i8x16.add(v128.load(row + x), v128.load(above + x)));
    }
  } else if (filter == GRADIENT) {
    undoGradient(above);
  }
  return row;
}

function readRow(y: u32): void {
  if (isRaw) {
    memory.copy(row, raw, width);
    raw += width;
    return;
  }
  const values = rowOf(y);
  for (let x: usize = 0; x < width; x++) store<u8>(row + x, load<u8>(values + (x << 2), 1));
}

function undoHorizontal(first: u8): void {
  let left = first;
  for (let x: usize = 0; x < width; x++) {
    left += load<u8>(row + x);
    store<u8>(row + x, left);
  }
}

function undoGradient(above: usize): void {
  let corner: i32 = load<u8>(above);
  let left: i32 = corner;
  for (let x: usize = 0; x < width; x++) {
    const top: i32 = load<u8>(above + x);
    const gradient = min(max(left + top - corner, 0), 255);
    left = (load<u8>(row + x) + gradient) & 0xff;
    corner = top;
    store<u8>(row + x, left);
  }
}
