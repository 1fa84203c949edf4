/**
 * Y, Cb and Cr bytes to opaque RGBA (ITU-T T.871 §7), in 16-bit numbers with six fractional bits.
 * Writes whole groups of eight pixels.
 */
export function colourRow(y: usize, cb: usize, cr: usize, width: i32, rgba: usize): void {
  const middle = i16x8.splat(128);
  const half = i16x8.splat(32);
  const opaque = i8x16.splat(-1);
  for (let x: usize = 0; x < <usize>width; x += 8) {
    const luma = i16x8.add(i16x8.shl(v128.load8x8_u(y + x), 6), half);
    const blue = i16x8.shl(i16x8.sub(v128.load8x8_u(cb + x), middle), 6);
    const red = i16x8.shl(i16x8.sub(v128.load8x8_u(cr + x), middle), 6);
    // 1.402 Cr; -0.344136 Cb - 0.714136 Cr; 1.772 Cb: whole parts added, fractions in 2^-15.
    const r = i16x8.add(i16x8.add(luma, red), i16x8.q15mulr_sat_s(red, i16x8.splat(13173)));
    const g = i16x8.sub(
      i16x8.sub(luma, i16x8.q15mulr_sat_s(blue, i16x8.splat(11277))),
      i16x8.q15mulr_sat_s(red, i16x8.splat(23401)),
    );
    const b = i16x8.add(i16x8.add(luma, blue), i16x8.q15mulr_sat_s(blue, i16x8.splat(25297)));
    const rb = i8x16.narrow_i16x8_u(i16x8.shr_s(r, 6), i16x8.shr_s(b, 6));
    const ga = i8x16.shuffle(
      i8x16.narrow_i16x8_u(i16x8.shr_s(g, 6), i16x8.shr_s(g, 6)),
      opaque,
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      16,
      16,
      16,
      16,
      16,
      16,
      16,
      16,
    );
    v128.store(
      rgba,
      i8x16.shuffle(rb, ga, 0, 16, 8, 24, 1, 17, 9, 25, 2, 18, 10, 26, 3, 19, 11, 27),
    );
    v128.store(
      rgba,
      i8x16.shuffle(rb, ga, 4, 20, 12, 28, 5, 21, 13, 29, 6, 22, 14, 30, 7, 23, 15, 31),
      16,
    );
    rgba += 32;
  }
}

/**
 * One row of chroma at the picture's height, and at its width if `doubled`: each sample lies three
 * quarters in the nearest and a quarter in the next (libjpeg's triangle filter). `far` is the row to
 * lean to; equal to `near` it leans nowhere. Rows have 16 writable bytes on either side.
 */
export function interpolateRow(
  near: usize,
  far: usize,
  width: i32,
  doubled: bool,
  out: usize,
): void {
  repeatEdges(near, width);
  repeatEdges(far, width);
  for (let x: usize = 0; x < <usize>width; x += 8) {
    const here = lean(near + x, far + x);
    if (doubled) {
      const triple = i16x8.add(i16x8.add(here, here), here);
      const even = i16x8.add(i16x8.add(triple, lean(near + x - 1, far + x - 1)), i16x8.splat(8));
      const odd = i16x8.add(i16x8.add(triple, lean(near + x + 1, far + x + 1)), i16x8.splat(7));
      v128.store(out, v128.or(i16x8.shr_u(even, 4), i16x8.shl(i16x8.shr_u(odd, 4), 8)));
      out += 16;
    } else {
      const whole = i16x8.shr_u(i16x8.add(here, i16x8.splat(2)), 2);
      v128.store64_lane(out, i8x16.narrow_i16x8_u(whole, whole), 0);
      out += 8;
    }
  }
}

function lean(near: usize, far: usize): v128 {
  const main = v128.load8x8_u(near);
  return i16x8.add(i16x8.add(i16x8.add(main, main), main), v128.load8x8_u(far));
}

function repeatEdges(row: usize, width: i32): void {
  store<u8>(row - 1, load<u8>(row));
  store<u8>(row + <usize>width, load<u8>(row + <usize>width - 1));
}
