/**
 * PNG's scanline filters, undone (PNG 3rd edition, 9.2): `from` holds a filtered row, `above` the row
 * before it as it was before filtering, `to` receives this row. `step` is the whole bytes of a pixel.
 * Rows have 16 bytes to spare behind them, which these loops read and write.
 */
export function unfilter(
  kind: u32,
  from: usize,
  above: usize,
  to: usize,
  length: usize,
  step: usize,
): void {
  if (kind == 0) memory.copy(to, from, length);
  else if (kind == 1) undoSub(from, to, length, step);
  else if (kind == 2) undoUp(from, above, to, length);
  else if (kind == 3) undoAverage(from, above, to, length, step);
  else undoPaeth(from, above, to, length, step);
}

function undoUp(from: usize, above: usize, to: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(to + i, i8x16.add(v128.load(from + i), v128.load(above + i)));
  }
}

/** Pixels of three to eight bytes go through one vector each; one and two bytes one at a time. */
function undoSub(from: usize, to: usize, length: usize, step: usize): void {
  if (step < 3) {
    for (let i: usize = 0; i < step; i++) store<u8>(to + i, load<u8>(from + i));
    for (let i = step; i < length; i++) {
      store<u8>(to + i, load<u8>(from + i) + load<u8>(to + i - step));
    }
    return;
  }
  let left = i64x2.splat(0);
  if (step > 4) {
    for (let i: usize = 0; i < length; i += step) {
      left = i8x16.add(left, v128.load64_zero(from + i));
      v128.store64_lane(to + i, left, 0);
    }
  } else {
    for (let i: usize = 0; i < length; i += step) {
      left = i8x16.add(left, v128.load32_zero(from + i));
      v128.store32_lane(to + i, left, 0);
    }
  }
}

function undoAverage(from: usize, above: usize, to: usize, length: usize, step: usize): void {
  if (step < 3) {
    for (let i: usize = 0; i < length; i++) {
      const left: u32 = i < step ? 0 : load<u8>(to + i - step);
      store<u8>(to + i, (load<u8>(from + i) + ((left + load<u8>(above + i)) >> 1)) as u8);
    }
    return;
  }
  // The vector average rounds up; PNG's rounds down, so the odd bit is taken away.
  const one = i8x16.splat(1);
  let left = i64x2.splat(0);
  for (let i: usize = 0; i < length; i += step) {
    const up = step > 4 ? v128.load64_zero(above + i) : v128.load32_zero(above + i);
    const raw = step > 4 ? v128.load64_zero(from + i) : v128.load32_zero(from + i);
    const average = i8x16.sub(i8x16.avgr_u(left, up), v128.and(v128.xor(left, up), one));
    left = i8x16.add(raw, average);
    if (step > 4) v128.store64_lane(to + i, left, 0);
    else v128.store32_lane(to + i, left, 0);
  }
}

function undoPaeth(from: usize, above: usize, to: usize, length: usize, step: usize): void {
  if (step < 3) {
    undoPaethBytes(from, above, to, length, step);
  } else if (step > 4) {
    undoPaethVectors(from, above, to, length, step, true);
  } else {
    undoPaethVectors(from, above, to, length, step, false);
  }
}

function undoPaethBytes(from: usize, above: usize, to: usize, length: usize, step: usize): void {
  for (let i: usize = 0; i < step; i++) {
    store<u8>(to + i, load<u8>(from + i) + load<u8>(above + i));
  }
  for (let i = step; i < length; i++) {
    const a: i32 = load<u8>(to + i - step);
    const b: i32 = load<u8>(above + i);
    const c: i32 = load<u8>(above + i - step);
    const pa = abs(b - c);
    const pb = abs(a - c);
    const pc = abs(a + b - c - c);
    const predicted = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    store<u8>(to + i, (load<u8>(from + i) + predicted) as u8);
  }
}

/** In 16-bit lanes: a, b and c are left, up and upper left. */
function undoPaethVectors(
  from: usize,
  above: usize,
  to: usize,
  length: usize,
  step: usize,
  wide: bool,
): void {
  let a = i64x2.splat(0);
  let c = i64x2.splat(0);
  const lowBytes = i16x8.splat(0xff);
  for (let i: usize = 0; i < length; i += step) {
    const b = wide
      ? v128.load_ext<u8>(above + i)
      : i16x8.extend_low_i8x16_u(v128.load32_zero(above + i));
    const raw = wide
      ? v128.load_ext<u8>(from + i)
      : i16x8.extend_low_i8x16_u(v128.load32_zero(from + i));
    const da = i16x8.sub(b, c);
    const db = i16x8.sub(a, c);
    const pa = i16x8.abs(da);
    const pb = i16x8.abs(db);
    const pc = i16x8.abs(i16x8.add(da, db));
    const smallest = i16x8.min_s(pc, i16x8.min_s(pa, pb));
    const predicted = v128.bitselect(
      a,
      v128.bitselect(b, c, i16x8.eq(smallest, pb)),
      i16x8.eq(smallest, pa),
    );
    a = v128.and(i16x8.add(raw, predicted), lowBytes);
    c = b;
    const packed = i8x16.narrow_i16x8_u(a, a);
    if (wide) v128.store64_lane(to + i, packed, 0);
    else v128.store32_lane(to + i, packed, 0);
  }
}
