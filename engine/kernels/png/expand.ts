/**
 * One unfiltered row to RGBA of 8 bits. Sixteen-bit samples keep their high byte, as libpng's
 * `png_set_strip_16`. Grey of up to 8 bits and palettes go through `lookup`, 256 RGBA entries in which
 * the caller has already put grey levels and transparency.
 */
export const lookup = memory.data(1024);

/** The sample values that are transparent (tRNS of grey 16 and RGB), or -1. */
let clearRed: i32 = -1;
let clearGreen: i32 = -1;
let clearBlue: i32 = -1;

export function setClearColour(red: i32, green: i32, blue: i32): void {
  clearRed = red;
  clearGreen = green;
  clearBlue = blue;
}

const OPAQUE: u32 = 0xff00_0000;

/** `depth` is 1, 2, 4, 8 or 16 bits a sample; `colour` is PNG's colour type. */
export function expand(from: usize, to: usize, width: u32, colour: u32, depth: u32): void {
  if (depth < 8) expandPacked(from, to, width, depth);
  else if (depth == 8) {
    if (colour == 0 || colour == 3) expandIndexed(from, to, width);
    else if (colour == 2) expandRgb(from, to, width);
    else if (colour == 4) expandGreyAlpha(from, to, width);
    else memory.copy(to, from, (width as usize) << 2);
  } else if (colour == 0) expandGrey16(from, to, width);
  else if (colour == 2) expandRgb16(from, to, width);
  else if (colour == 4) expandGreyAlpha16(from, to, width);
  else expandRgba16(from, to, width);
}

function expandPacked(from: usize, to: usize, width: u32, depth: u32): void {
  const mask = (1 << depth) - 1;
  for (let x: u32 = 0; x < width; x++) {
    const bit = x * depth;
    const index = ((load<u8>(from + (bit >> 3)) as u32) >> (8 - depth - (bit & 7))) & mask;
    store<u32>(to + ((x as usize) << 2), load<u32>(lookup + ((index as usize) << 2)));
  }
}

function expandIndexed(from: usize, to: usize, width: u32): void {
  for (let x: usize = 0; x < width; x++) {
    store<u32>(to + (x << 2), load<u32>(lookup + ((load<u8>(from + x) as usize) << 2)));
  }
}

/** Four pixels at a time; reads and writes up to 16 bytes past the row. */
function expandRgb(from: usize, to: usize, width: u32): void {
  const opaque = i32x4.splat(OPAQUE as i32);
  for (let x: usize = 0; x < width; x += 4) {
    const pixels = v128.swizzle(
      v128.load(from + x * 3),
      i8x16(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1),
    );
    v128.store(to + (x << 2), v128.or(pixels, opaque));
  }
  if (clearRed < 0) return;
  const clear = (clearRed | (clearGreen << 8) | (clearBlue << 16)) as u32;
  for (let x: usize = 0; x < width; x++) {
    const at = to + (x << 2);
    if (load<u32>(at) == (clear | OPAQUE)) store<u32>(at, clear);
  }
}

function expandGreyAlpha(from: usize, to: usize, width: u32): void {
  for (let x: usize = 0; x < width; x++) {
    const grey: u32 = load<u8>(from + (x << 1));
    const alpha: u32 = load<u8>(from + (x << 1) + 1);
    store<u32>(to + (x << 2), (grey * 0x010101) | (alpha << 24));
  }
}

function expandGrey16(from: usize, to: usize, width: u32): void {
  for (let x: usize = 0; x < width; x++) {
    const at = from + (x << 1);
    const grey: u32 = load<u8>(at);
    const alpha = sample16(at) == clearRed ? 0 : OPAQUE;
    store<u32>(to + (x << 2), (grey * 0x010101) | alpha);
  }
}

function expandRgb16(from: usize, to: usize, width: u32): void {
  for (let x: usize = 0; x < width; x++) {
    const at = from + x * 6;
    const rgb =
      (load<u8>(at) as u32) | ((load<u8>(at + 2) as u32) << 8) | ((load<u8>(at + 4) as u32) << 16);
    const isClear =
      sample16(at) == clearRed && sample16(at + 2) == clearGreen && sample16(at + 4) == clearBlue;
    store<u32>(to + (x << 2), isClear ? rgb : rgb | OPAQUE);
  }
}

function expandGreyAlpha16(from: usize, to: usize, width: u32): void {
  for (let x: usize = 0; x < width; x++) {
    const grey: u32 = load<u8>(from + (x << 2));
    const alpha: u32 = load<u8>(from + (x << 2) + 2);
    store<u32>(to + (x << 2), (grey * 0x010101) | (alpha << 24));
  }
}

/** Two pixels at a time: every other byte. */
function expandRgba16(from: usize, to: usize, width: u32): void {
  for (let x: usize = 0; x < width; x += 2) {
    const high = v128.swizzle(
      v128.load(from + (x << 3)),
      i8x16(0, 2, 4, 6, 8, 10, 12, 14, -1, -1, -1, -1, -1, -1, -1, -1),
    );
    v128.store64_lane(to + (x << 2), high, 0);
  }
}

function sample16(at: usize): i32 {
  return ((load<u8>(at) as i32) << 8) | (load<u8>(at + 1) as i32);
}
