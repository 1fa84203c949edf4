/**
 * One WebP picture: a lossy bitstream with or without an alpha plane, or a lossless one. An instance
 * decodes one picture only.
 *
 *     setMemoryLimit → allocate, and the bytes go there → openLossy (→ openAlpha) or openLossless
 *     → openCanvas → (advance → draw) until all rows of the canvas are drawn
 *     or, of a lossy picture, openPlanes → (advance → takePlanes) until all its rows are taken
 *
 * Nothing outside the bytes given is read, and nothing outside its own buffers is written, for any input.
 */
import { alphaRow, openAlpha as openAlphaPlane } from "./alpha";
import { decodeInPlace } from "./lossless/entropy-image";
import {
  height as losslessHeight,
  openStream,
  rowOf,
  width as losslessWidth,
} from "./lossless/stream";
import {
  chromaRow,
  chromaStride,
  decodeRow,
  lumaRow,
  lumaStride,
  openFrame,
  planeU,
  planeV,
  rowsReady,
} from "./lossy/frame";
import { expandChroma, expandLuma } from "./lossy/full-range";
import { height as lossyHeight, width as lossyWidth } from "./lossy/header";
import { drawRow } from "./lossy/upsample";
import { addRow, divideRow } from "../png/shrink";
import { bytesRefused, reserve, setMemoryLimit } from "./memory";
import { OK } from "./status";

export { bytesRefused, setMemoryLimit };

/** Where `bytes` bytes of a file may be put; 0 where there is no room. */
export function allocate(bytes: usize): usize {
  return reserve(bytes);
}

/**
 * Where `bytes` bytes of a lossless file may be put: at the end of a buffer in which its `pixels` pixels are then
 * decoded, so that file and pixels take the memory of one. 0 where there is no room.
 */
export function allocateInPlace(bytes: usize, pixels: u32): usize {
  const values = (pixels as u64) * 4;
  const room = max(values, bytes as u64) + (values >> 6) + IN_PLACE_MARGIN;
  const at = reserve(room);
  if (at == 0) return 0;
  decodeInPlace(at, room);
  return at + (room as usize) - bytes;
}

/** How much more a stream's rest may take than the values to come, besides a 64th of all of them. */
const IN_PLACE_MARGIN: u64 = 65536;

let isLossy: bool = false;
let hasAlpha: bool = false;
/** Chroma of one row at full width. */
let rowU: usize = 0;
let rowV: usize = 0;

/** What the picture is drawn on, where it lies there, and by which factor all of it is made smaller. */
let canvasWidth: u32 = 0;
let canvasHeight: u32 = 0;
let left: u32 = 0;
let top: u32 = 0;
let factor: u32 = 1;
let isOpaque: bool = false;
/** A row of the canvas and sums of several, where it is made smaller; and the rows that are handed out. */
let line: usize = 0;
let sums: usize = 0;
let strip: usize = 0;
/** Rows of planes that are handed out: what the last row of macroblocks finishes, at most. */
let stripY: usize = 0;
let stripU: usize = 0;
let stripV: usize = 0;
const PLANE_ROWS: u32 = 24;
const PLANE_SLACK: usize = 32;
/** Vectors of sixteen pixels are written. */
const DRAWING_SLACK: u64 = 64;

export function width(): u32 {
  return isLossy ? lossyWidth : losslessWidth;
}

export function height(): u32 {
  return isLossy ? lossyHeight : losslessHeight;
}

export function openLossy(at: usize, length: usize): i32 {
  isLossy = true;
  return openFrame(at, length);
}

/** After `openLossy`. */
export function openAlpha(at: usize, length: usize): i32 {
  hasAlpha = true;
  return openAlphaPlane(at, length, lossyWidth, lossyHeight);
}

/** Without `alpha` all pixels are opaque, whatever the stream says. */
export function openLossless(at: usize, length: usize, alpha: bool): i32 {
  isLossy = false;
  hasAlpha = alpha;
  return openStream(at, length);
}

/**
 * Where the picture is drawn: inside a canvas that is transparent where it does not reach. The canvas comes
 * out smaller by `shrink`, at most 16. Returns the address of room for `rows` rows of that, or 0.
 */
export function openCanvas(
  across: u32,
  down: u32,
  x: u32,
  y: u32,
  shrink: u32,
  opaque: bool,
  rows: u32,
): usize {
  canvasWidth = across;
  canvasHeight = down;
  left = x;
  top = y;
  factor = shrink;
  isOpaque = opaque;
  const outWidth: u64 = (across + shrink - 1) / shrink;
  if (isLossy) {
    rowU = reserve(width());
    rowV = reserve(width());
  }
  if (factor > 1) {
    line = reserve((across as u64) * 4 + DRAWING_SLACK);
    sums = reserve(outWidth * 16);
  }
  strip = reserve(outWidth * 4 * rows + DRAWING_SLACK);
  if (strip != 0 && factor > 1) memory.fill(sums, 0, (outWidth as usize) * 16);
  return strip;
}

/** Room for planes as they are handed out, of a lossy picture; false where there is none. */
export function openPlanes(): bool {
  stripY = reserve((PLANE_ROWS as u64) * planeStride(0));
  stripU = reserve((PLANE_ROWS as u64) * planeStride(1));
  stripV = reserve((PLANE_ROWS as u64) * planeStride(1));
  return stripV != 0;
}

/** Bytes from row to row of Y, or of U and V, as they are handed out: with room for vectors behind. */
export function planeStride(plane: u32): usize {
  return (plane == 0 ? lumaStride : (chromaStride + 15) & ~15) + PLANE_SLACK;
}

/** Where the rows of Y, U or V lie that `takePlanes` hands out. */
export function planeStrip(plane: u32): usize {
  return plane == 0 ? stripY : plane == 1 ? stripU : stripV;
}

/** How many rows of luma can be taken, and half as many of chroma. */
export function rowsToTake(): u32 {
  return rowsReady;
}

/** Hands out rows `from` to `to` of luma, at most 24 and from an even one on, in all of a byte's range. */
export function takePlanes(from: u32, to: u32): void {
  let at = stripY;
  for (let y = from; y < to; y++) {
    expandLuma(lumaRow(y), at, lumaStride);
    at += planeStride(0);
  }
  let u = stripU;
  let v = stripV;
  for (let y = from >> 1; y < (to + 1) >> 1; y++) {
    expandChroma(chromaRow(planeU, y), u, chromaStride);
    expandChroma(chromaRow(planeV, y), v, chromaStride);
    u += planeStride(1);
    v += planeStride(1);
  }
}

/** Decodes on: of a lossy picture a row of macroblocks. */
export function advance(): i32 {
  return isLossy ? decodeRow() : OK;
}

/** How many rows of the canvas can be drawn. A row of a lossy picture needs the chroma below it. */
export function rowsToDraw(): u32 {
  if (!isLossy || rowsReady == lossyHeight) return canvasHeight;
  return top + max(rowsReady, 1) - 1;
}

/**
 * Draws rows `from` to `to` of the canvas, each of which has to be drawn once and in order. Returns how many
 * rows of the smaller canvas that finishes; they lie at the strip's start.
 */
export function draw(from: u32, to: u32): u32 {
  const outWidth: usize = (canvasWidth + factor - 1) / factor;
  let at = strip;
  let rows: u32 = 0;
  for (let y = from; y < to; y++) {
    if (factor == 1) {
      drawCanvasRow(y, at);
    } else {
      drawCanvasRow(y, line);
      addRow(line, sums, canvasWidth, factor, !isOpaque);
      if (y + 1 < canvasHeight && (y + 1) % factor != 0) continue;
      divideRow(sums, at, canvasWidth, factor, (y % factor) + 1, !isOpaque);
      memory.fill(sums, 0, outWidth * 16);
    }
    at += outWidth << 2;
    rows++;
  }
  return rows;
}

function drawCanvasRow(y: u32, to: usize): void {
  const rowBytes = (canvasWidth as usize) << 2;
  if (y < top || y >= top + height()) {
    memory.fill(to, 0, rowBytes);
    return;
  }
  const start = (left as usize) << 2;
  const end = start + ((width() as usize) << 2);
  if (isLossy) drawLossy(y - top, to + start);
  else drawLossless(y - top, to + start);
  memory.fill(to, 0, start);
  memory.fill(to + end, 0, rowBytes - end);
}

function drawLossy(y: u32, to: usize): void {
  const last = (lossyHeight - 1) >> 1;
  const near = y >> 1;
  // Even rows lie nearer to the chroma row above, odd ones to the one below.
  const far = (y & 1) != 0 ? min(near + 1, last) : max(near, 1) - 1;
  drawRow(
    lumaRow(y),
    chromaRow(planeU, near),
    chromaRow(planeV, near),
    chromaRow(planeU, far),
    chromaRow(planeV, far),
    rowU,
    rowV,
    hasAlpha ? alphaRow(y) : 0,
    to,
    lossyWidth,
  );
}

function drawLossless(y: u32, to: usize): void {
  const opaque = i32x4.splat(hasAlpha ? 0 : 0xff000000);
  const end = to + ((losslessWidth as usize) << 2);
  for (let at = rowOf(y); to < end; at += 16, to += 16) {
    const values = v128.or(v128.load(at), opaque);
    v128.store(
      to,
      i8x16.shuffle(values, values, 2, 1, 0, 3, 6, 5, 4, 7, 10, 9, 8, 11, 14, 13, 12, 15),
    );
  }
}
