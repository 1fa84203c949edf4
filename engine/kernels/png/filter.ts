/**
 * RGBA rows to PNG's filtered rows (PNG 3rd edition, chapter 9), strip by strip:
 *
 *     beginFilter → (copy rows to `pixelAddress()` → inspect)* … then the same rows again for `filterRows`
 *
 * The filter of a row is the one whose bytes, taken as signed, have the smallest sum (12.7).
 */

const FILTERS: u32 = 5;
/** `inspect` answers with these and the number of pixels that equal a neighbour, from bit 2 up. */
const HAS_ALPHA: u32 = 1;
const HAS_COLOUR: u32 = 2;

let width: u32 = 0;
let channels: u32 = 0;
let isAdaptive: bool = false;
let pixels: usize = 0;
let packed: usize = 0;
let packedAbove: usize = 0;
let candidates: usize = 0;
let candidateStride: usize = 0;
let filtered: usize = 0;

/** Lays out memory for strips of up to `rows`; false when it cannot be had. */
export function beginFilter(pictureWidth: u32, rows: u32): bool {
  width = pictureWidth;
  const rgbaBytes = (width as usize) << 2;
  candidateStride = (rgbaBytes + 63) & ~15;
  pixels = (__heap_base + 31) & ~15;
  // Sixteen bytes of zeros stand before each packed row: the neighbours of the first pixel.
  packed = pixels + rgbaBytes * rows + 64;
  packedAbove = packed + candidateStride;
  candidates = packedAbove + candidateStride;
  filtered = candidates + candidateStride * FILTERS;
  const pagesNeeded = ((filtered + (rgbaBytes + 1) * rows + 64 + 65535) >> 16) as i32;
  const pages = memory.size();
  return pagesNeeded <= pages || memory.grow(pagesNeeded - pages) >= 0;
}

export function pixelAddress(): usize {
  return pixels;
}

export function filteredAddress(): usize {
  return filtered;
}

/** What `rows` rows hold, so that no channel is stored for nothing. */
export function inspect(rows: u32): u32 {
  const count = (width as usize) * rows;
  let alphas: u32 = 0xff;
  let colours: u32 = 0;
  let repeats: u32 = 0;
  let before: u32 = 0;
  for (let i: usize = 0; i < count; i++) {
    const pixel = load<u32>(pixels + (i << 2));
    alphas &= pixel >> 24;
    colours |= (pixel ^ (pixel >> 8)) & 0xffff;
    repeats += u32(pixel == before);
    before = pixel;
  }
  return (alphas == 0xff ? 0 : HAS_ALPHA) | (colours == 0 ? 0 : HAS_COLOUR) | (repeats << 2);
}

/** Before the first strip: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; `adaptive`: choose filters by row. */
export function chooseLayout(samples: u32, adaptive: bool): void {
  channels = samples;
  isAdaptive = adaptive;
  memory.fill(packed, 0, candidateStride);
  memory.fill(packedAbove, 0, candidateStride);
}

/** Rows to `filteredAddress()`, each with its filter in front. */
export function filterRows(rows: u32): void {
  const rowBytes = (width as usize) * channels;
  let to = filtered;
  for (let row: u32 = 0; row < rows; row++) {
    pack(pixels + (((width as usize) * row) << 2), packed + 16);
    const best = isAdaptive ? bestFilter(rowBytes) : 0;
    const chosen = best == 0 ? packed + 16 : candidates + candidateStride * best;
    store<u8>(to, best as u8);
    memory.copy(to + 1, chosen, rowBytes);
    to += rowBytes + 1;
    const swap = packedAbove;
    packedAbove = packed;
    packed = swap;
  }
}

function pack(from: usize, to: usize): void {
  if (channels == 4) {
    memory.copy(to, from, (width as usize) << 2);
    return;
  }
  for (let x: usize = 0; x < width; x++) {
    const pixel = load<u32>(from + (x << 2));
    if (channels == 3) store<u32>(to + x * 3, pixel);
    else if (channels == 2)
      store<u16>(to + (x << 1), ((pixel & 0xff) | ((pixel >> 16) & 0xff00)) as u16);
    else store<u8>(to + x, pixel as u8);
  }
}

/** Makes all five rows, sixteen bytes at a time, and weighs them. */
function bestFilter(rowBytes: usize): u32 {
  const row = packed + 16;
  const above = packedAbove + 16;
  const one = i8x16.splat(1);
  let weight0 = i64x2.splat(0);
  let weight1 = i64x2.splat(0);
  let weight2 = i64x2.splat(0);
  let weight3 = i64x2.splat(0);
  let weight4 = i64x2.splat(0);
  // Behind the row lie zeros or older bytes; they are kept out of the sums.
  memory.fill(row + rowBytes, 0, 16);
  for (let i: usize = 0; i < rowBytes; i += 16) {
    const x = v128.load(row + i);
    const a = v128.load(row + i - channels);
    const b = v128.load(above + i);
    const c = v128.load(above + i - channels);
    const average = i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), one));
    const sub = i8x16.sub(x, a);
    const up = i8x16.sub(x, b);
    const mean = i8x16.sub(x, average);
    const paeth = i8x16.sub(x, predict(a, b, c));
    const to = candidates + candidateStride + i;
    v128.store(to, sub);
    v128.store(to + candidateStride, up);
    v128.store(to + candidateStride * 2, mean);
    v128.store(to + candidateStride * 3, paeth);
    weight0 = i32x4.add(weight0, magnitude(x));
    weight1 = i32x4.add(weight1, magnitude(sub));
    weight2 = i32x4.add(weight2, magnitude(up));
    weight3 = i32x4.add(weight3, magnitude(mean));
    weight4 = i32x4.add(weight4, magnitude(paeth));
  }
  const total1 = total(weight1);
  const total2 = total(weight2);
  const total3 = total(weight3);
  const total4 = total(weight4);
  const least = min(total(weight0), min(min(total1, total2), min(total3, total4)));
  if (least == total4) return 4;
  if (least == total1) return 1;
  if (least == total2) return 2;
  return least == total3 ? 3 : 0;
}

function magnitude(bytes: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(i8x16.abs(bytes)));
}

function total(sums: v128): u32 {
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  );
}

/** Paeth's predictor in two halves of 16-bit lanes. */
function predict(a: v128, b: v128, c: v128): v128 {
  const low = predictWide(
    i16x8.extend_low_i8x16_u(a),
    i16x8.extend_low_i8x16_u(b),
    i16x8.extend_low_i8x16_u(c),
  );
  const high = predictWide(
    i16x8.extend_high_i8x16_u(a),
    i16x8.extend_high_i8x16_u(b),
    i16x8.extend_high_i8x16_u(c),
  );
  return i8x16.narrow_i16x8_u(low, high);
}

function predictWide(a: v128, b: v128, c: v128): v128 {
  const da = i16x8.sub(b, c);
  const db = i16x8.sub(a, c);
  const pa = i16x8.abs(da);
  const pb = i16x8.abs(db);
  const pc = i16x8.abs(i16x8.add(da, db));
  const smallest = i16x8.min_s(pc, i16x8.min_s(pa, pb));
  return v128.bitselect(a, v128.bitselect(b, c, i16x8.eq(smallest, pb)), i16x8.eq(smallest, pa));
}
