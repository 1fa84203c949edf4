/** Decoded planes of video codecs to RGBA, for any matrix and range (ITU-T H.273 §8.3). */

/**
 * Y, Cb and Cr bytes of one row to opaque RGBA. `weights` are six 32-bit floats for bytes: Y's factor and what
 * is added to it (rounding included), red of Cr, green of Cb, green of Cr, blue of Cb. Writes whole groups
 * of four pixels.
 */
export function mixRow(
  y: usize,
  cb: usize,
  cr: usize,
  width: i32,
  weights: usize,
  rgba: usize,
): void {
  const lumaScale = v128.load32_splat(weights);
  const lumaOffset = v128.load32_splat(weights, 4);
  const redOfCr = v128.load32_splat(weights, 8);
  const greenOfCb = v128.load32_splat(weights, 12);
  const greenOfCr = v128.load32_splat(weights, 16);
  const blueOfCb = v128.load32_splat(weights, 20);
  const middle = f32x4.splat(128);
  for (let x: usize = 0; x < <usize>width; x += 4) {
    const luma = f32x4.add(f32x4.mul(fourBytes(y + x), lumaScale), lumaOffset);
    const blue = f32x4.sub(fourBytes(cb + x), middle);
    const red = f32x4.sub(fourBytes(cr + x), middle);
    const r = toByte(f32x4.add(luma, f32x4.mul(red, redOfCr)));
    const b = toByte(f32x4.add(luma, f32x4.mul(blue, blueOfCb)));
    const g = toByte(
      f32x4.add(f32x4.add(luma, f32x4.mul(blue, greenOfCb)), f32x4.mul(red, greenOfCr)),
    );
    const rg = v128.or(r, i32x4.shl(g, 8));
    const ba = v128.or(i32x4.shl(b, 16), i32x4.splat(0xff000000));
    v128.store(rgba, v128.or(rg, ba));
    rgba += 16;
  }
}

function fourBytes(at: usize): v128 {
  const words = i16x8.extend_low_i8x16_u(v128.load32_zero(at));
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words));
}

function toByte(values: v128): v128 {
  return i32x4.min_s(
    i32x4.max_s(i32x4.trunc_sat_f32x4_s(values), i32x4.splat(0)),
    i32x4.splat(255),
  );
}

/**
 * One row of `width` means of squares of `side` (2, 4 or 8) pixels a side, from `side` rows `stride` bytes
 * apart. `sums` takes two bytes for each pixel of a row. Rows are read in whole groups of eight.
 */
export function averageSquares(
  rows: usize,
  stride: i32,
  side: i32,
  width: i32,
  sums: usize,
  out: usize,
): void {
  const across = <usize>(width * side);
  for (let x: usize = 0; x < across; x += 8) {
    let sum = i16x8.splat(0);
    let row = rows + x;
    for (let line = 0; line < side; line++) {
      sum = i16x8.add(sum, v128.load8x8_u(row));
      row += <usize>stride;
    }
    v128.store(sums + 2 * x, sum);
  }
  const shift = side == 2 ? 2 : side == 4 ? 4 : 6;
  const half = 1 << (shift - 1);
  for (let x = 0; x < width; x++) {
    let sum: i32 = half;
    for (let column = 0; column < side; column++) {
      sum += load<u16>(sums);
      sums += 2;
    }
    store<u8>(out + <usize>x, sum >> shift);
  }
}
