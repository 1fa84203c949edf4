/**
 * RGBA to the planes a JPEG is made of: 16-bit samples less 128, with the fixed-point weights of
 * ITU-T T.871 §7 rounded as libjpeg rounds them, so that equal settings give equal coefficients.
 */

/**
 * One row to Y, Cb and Cr. The last pixel is repeated up to `paddedWidth` (a multiple of 8).
 * Reads up to seven pixels beyond the row.
 */
export function planeRow(
  rgba: usize,
  width: i32,
  paddedWidth: i32,
  y: usize,
  cb: usize,
  cr: usize,
): void {
  for (let x = 0; x < width; x += 8) {
    const first = v128.load(rgba);
    const second = v128.load(rgba, 16);
    const at = <usize>x * 2;
    v128.store(y + at, i16x8.narrow_i32x4_s(luma(first), luma(second)));
    v128.store(cb + at, i16x8.narrow_i32x4_s(blueDifference(first), blueDifference(second)));
    v128.store(cr + at, i16x8.narrow_i32x4_s(redDifference(first), redDifference(second)));
    rgba += 32;
  }
  repeatLast(y, width, paddedWidth);
  repeatLast(cb, width, paddedWidth);
  repeatLast(cr, width, paddedWidth);
}

function redBlue(pixels: v128): v128 {
  return v128.and(pixels, i32x4.splat(0x00ff00ff));
}

function greenAlpha(pixels: v128): v128 {
  return i16x8.shr_u(pixels, 8);
}

/** 0.299 R + 0.587 G + 0.114 B - 128. The weight of green does not fit 16 bits: half of it, doubled. */
function luma(pixels: v128): v128 {
  const sum = i32x4.add(
    i32x4.dot_i16x8_s(redBlue(pixels), i16x8(19595, 7471, 19595, 7471, 19595, 7471, 19595, 7471)),
    i32x4.shl(
      i32x4.dot_i16x8_s(greenAlpha(pixels), i16x8(19235, 0, 19235, 0, 19235, 0, 19235, 0)),
      1,
    ),
  );
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(32768 - (128 << 16))), 16);
}

/** -0.1687 R - 0.3313 G + 0.5 B. One half (32768) does not fit 16 bits: twice a quarter. */
function blueDifference(pixels: v128): v128 {
  const colours = redBlue(pixels);
  const sum = i32x4.add(
    i32x4.dot_i16x8_s(colours, i16x8(-11059, 16384, -11059, 16384, -11059, 16384, -11059, 16384)),
    i32x4.dot_i16x8_s(colours, i16x8(0, 16384, 0, 16384, 0, 16384, 0, 16384)),
  );
  const green = i32x4.dot_i16x8_s(
    greenAlpha(pixels),
    i16x8(21709, 0, 21709, 0, 21709, 0, 21709, 0),
  );
  return i32x4.shr_s(i32x4.add(i32x4.sub(sum, green), i32x4.splat(32767)), 16);
}

/** 0.5 R - 0.4187 G - 0.0813 B. */
function redDifference(pixels: v128): v128 {
  const colours = redBlue(pixels);
  const sum = i32x4.add(
    i32x4.dot_i16x8_s(colours, i16x8(16384, -5329, 16384, -5329, 16384, -5329, 16384, -5329)),
    i32x4.dot_i16x8_s(colours, i16x8(16384, 0, 16384, 0, 16384, 0, 16384, 0)),
  );
  const green = i32x4.dot_i16x8_s(
    greenAlpha(pixels),
    i16x8(27439, 0, 27439, 0, 27439, 0, 27439, 0),
  );
  return i32x4.shr_s(i32x4.add(i32x4.sub(sum, green), i32x4.splat(32767)), 16);
}

function repeatLast(plane: usize, width: i32, paddedWidth: i32): void {
  const last = load<i16>(plane + (<usize>width - 1) * 2);
  for (let x = width; x < paddedWidth; x++) store<i16>(plane + <usize>x * 2, last);
}

/** Two rows of chroma to one of half the width: the mean of four, ties rounded down and up in turn. */
export function halve(above: usize, below: usize, width: i32, out: usize): void {
  const ones = i16x8.splat(1);
  const bias = i32x4(1, 2, 1, 2);
  for (let x = 0; x < width; x += 16) {
    const low = i16x8.add(v128.load(above), v128.load(below));
    const high = i16x8.add(v128.load(above, 16), v128.load(below, 16));
    v128.store(
      out,
      i16x8.narrow_i32x4_s(
        i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low, ones), bias), 2),
        i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high, ones), bias), 2),
      ),
    );
    above += 32;
    below += 32;
    out += 16;
  }
}
