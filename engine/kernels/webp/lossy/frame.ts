/**
 * A key frame by rows of macroblocks (RFC 6386): tokens, prediction and residue, then the loop filter, into
 * planes of which the last two rows of macroblocks are kept. Memory depends on the width alone.
 */
import { reserve } from "../memory";
import { OK, OVER_MEMORY, TRUNCATED } from "../status";
import { isPastEnd, resume, suspend } from "./bool-reader";
import {
  FACTORS_BYTES,
  FILTER_BYTES,
  coefficients,
  factors,
  filters,
  height,
  isFiltered,
  isSimple,
  maySkip,
  modeReader,
  readHeader,
  skipProbability,
  toldSegments,
  tokenReader,
  width,
} from "./header";
import {
  CHROMA_MODE,
  HAS_BLOCK_MODES,
  IS_SKIPPED,
  MODES_BYTES,
  SEGMENT,
  readModes,
} from "./intra-modes";
import {
  INNER,
  OUTER,
  SIMPLE,
  filterChromaColumn,
  filterChromaRow,
  filterColumn,
  filterRow,
  setLimits,
} from "./loop-filter";
import { STRIDE, predictBlock, predictChroma, predictLuma } from "./predict";
import { BLOCK_BYTES, addBlock, addCorner, addMean, spreadMeans } from "./residue";
import { CHROMA, KIND_BYTES, Y2, Y_AFTER_Y2, Y_WITH_DC, readCoefficients } from "./tokens";

/** Rows of planes that are kept; row y is at y modulo these. */
export const LUMA_ROWS: u32 = 32;
export const CHROMA_ROWS: u32 = 16;

export let planeY: usize = 0;
export let planeU: usize = 0;
export let planeV: usize = 0;
/** Bytes from row to row. */
export let lumaStride: usize = 0;
export let chromaStride: usize = 0;

/** Rows of luma that are ready, and half as many of chroma: no later macroblock changes them. */
export let rowsReady: u32 = 0;

let columns: u32 = 0;
let rows: u32 = 0;
let row: u32 = 0;

/** A row's records of modes, the modes above, and whether each block above has coefficients. */
let modes: usize = 0;
let modesAbove: usize = 0;
let tokensAbove: usize = 0;
/** Samples above that are not filtered: 16 of luma, 8 of each chroma plane for each macroblock. */
let samplesAbove: usize = 0;
const ABOVE_BYTES: usize = 32;
/** What the filter does to each macroblock of a row: a record of `header.ts`, and whether inside as well. */
let edges: usize = 0;
const IS_INNER: usize = 3;

/** Luma, then U and V side by side; each with what is above and to the left. */
const workspace = memory.data(27 * 32, 16);
const luma = workspace + STRIDE + 8;
const chromaU = luma + 17 * STRIDE;
const chromaV = chromaU + 16;

/** 25 blocks: 16 of luma, 4 of each chroma plane, the means of luma. */
const blocks = memory.data(25 * 32, 16);
const chromaBlocks = blocks + 16 * BLOCK_BYTES;
const meansBlock = blocks + 24 * BLOCK_BYTES;

export function openFrame(at: usize, length: usize): i32 {
  const status = readHeader(at, length);
  if (status != OK) return status;
  columns = (width + 15) >> 4;
  rows = (height + 15) >> 4;
  lumaStride = (columns as usize) << 4;
  chromaStride = (columns as usize) << 3;
  planeY = reserve((LUMA_ROWS as u64) * lumaStride);
  planeU = reserve((CHROMA_ROWS as u64) * chromaStride);
  planeV = reserve((CHROMA_ROWS as u64) * chromaStride);
  modes = reserve((columns as u64) * MODES_BYTES);
  modesAbove = reserve((columns as u64) * 4);
  tokensAbove = reserve((columns as u64) * 2);
  samplesAbove = reserve(((columns + 1) as u64) * ABOVE_BYTES);
  edges = reserve((columns as u64) * FILTER_BYTES);
  if (edges == 0) return OVER_MEMORY;
  memory.fill(samplesAbove, 127, ((columns + 1) as usize) * ABOVE_BYTES);
  return OK;
}

/** Decodes one more row of macroblocks; OK as well when there is none left. */
export function decodeRow(): i32 {
  if (row == rows) return OK;
  resume(modeReader);
  readModes(modes, columns, modesAbove, toldSegments(), maySkip, skipProbability);
  if (isPastEnd()) return TRUNCATED;
  suspend(modeReader);
  const reader = tokenReader(row);
  resume(reader);
  reconstructRow();
  if (isPastEnd()) return TRUNCATED;
  suspend(reader);
  if (isFiltered) filterRowOfMacroblocks();
  row++;
  rowsReady = row == rows ? height : (row << 4) - (isFiltered ? 8 : 0);
  return OK;
}

function reconstructRow(): void {
  startRow();
  tokensLeft = 0;
  for (let column: u32 = 0; column < columns; column++) {
    const mode = modes + (column as usize) * MODES_BYTES;
    const hasBlockModes = load<u8>(mode, HAS_BLOCK_MODES) != 0;
    readResidue(mode, tokensAbove + ((column as usize) << 1), hasBlockModes);
    if (isFiltered) chooseFilter(column, mode, hasBlockModes);
    const above = samplesAbove + (column as usize) * ABOVE_BYTES;
    placeAbove(above);
    if (hasBlockModes) rebuildBlocks(mode, above, column + 1 == columns);
    else rebuildLuma(load<u8>(mode), column);
    const chromaMode = load<u8>(mode, CHROMA_MODE);
    predictChroma(chromaU, chromaMode, column > 0, row > 0);
    predictChroma(chromaV, chromaMode, column > 0, row > 0);
    addChroma(chromaU, chromaBlocks, chromaCodes >> 8);
    addChroma(chromaV, chromaBlocks + 4 * BLOCK_BYTES, chromaCodes & 0xff);
    finishMacroblock(column, above);
  }
}

/** Left of the picture is 129, above it 127; the corner belongs to the row above. */
function startRow(): void {
  for (let y: usize = 0; y < 16; y++) store<u8>(luma + y * STRIDE - 1, 129);
  for (let y: usize = 0; y < 8; y++) {
    store<u8>(chromaU + y * STRIDE - 1, 129);
    store<u8>(chromaV + y * STRIDE - 1, 129);
  }
  const corner: u8 = row == 0 ? 127 : 129;
  store<u8>(luma - STRIDE - 1, corner);
  store<u8>(chromaU - STRIDE - 1, corner);
  store<u8>(chromaV - STRIDE - 1, corner);
}

/**
 * What `readResidue` finds: two bits a block, the first block's highest, of how much there is to add: nothing,
 * the first coefficient, the first three, or more. U's blocks come before V's.
 */
let lumaCodes: u32 = 0;
let chromaCodes: u32 = 0;
/** Which blocks of the macroblock to the left have tokens; as `tokensAbove`: bits of luma, U, V, means. */
let tokensLeft: u32 = 0;
const MEANS_BIT: u32 = 8;
let isDirty: bool = false;

function readResidue(mode: usize, above: usize, hasBlockModes: bool): void {
  lumaCodes = 0;
  chromaCodes = 0;
  if (load<u8>(mode, IS_SKIPPED) != 0) {
    // Blocks' means are told for macroblocks without block modes only; others leave what there was.
    const kept: u32 = hasBlockModes ? 1 << MEANS_BIT : 0;
    tokensLeft &= kept;
    store<u16>(above, load<u16>(above) & kept);
    return;
  }
  if (isDirty) {
    for (let at = blocks; at < blocks + 25 * BLOCK_BYTES; at += 16) v128.store(at, i64x2.splat(0));
  }
  isDirty = true;
  const factor = factors + (load<u8>(mode, SEGMENT) as usize) * FACTORS_BYTES;
  let up: u32 = load<u16>(above);
  let left = tokensLeft;
  let kind = Y_WITH_DC;
  let first: u32 = 0;
  if (!hasBlockModes) {
    const context = ((up >> MEANS_BIT) & 1) + ((left >> MEANS_BIT) & 1);
    const probabilities = coefficients + Y2 * KIND_BYTES;
    const dc = load<i32>(factor, 8);
    const end = readCoefficients(probabilities, context, 0, dc, load<i32>(factor, 12), meansBlock);
    const means: u32 = end > 0 ? 1 << MEANS_BIT : 0;
    up = (up & 0xff) | means;
    left = (left & 0xff) | means;
    spreadMeans(meansBlock, blocks);
    kind = Y_AFTER_Y2;
    first = 1;
  }
  const probabilities = coefficients + kind * KIND_BYTES;
  let block = blocks;
  for (let y: u32 = 0; y < 4; y++) {
    for (let x: u32 = 0; x < 4; x++) {
      const context = ((up >> x) & 1) + ((left >> y) & 1);
      const dc = load<i32>(factor);
      const end = readCoefficients(probabilities, context, first, dc, load<i32>(factor, 4), block);
      const has: u32 = end > first ? 1 : 0;
      up = (up & ~(1 << x)) | (has << x);
      left = (left & ~(1 << y)) | (has << y);
      lumaCodes = (lumaCodes << 2) | codeOf(end, block);
      block += BLOCK_BYTES;
    }
  }
  for (let plane: u32 = 4; plane <= 6; plane += 2) {
    for (let y = plane; y < plane + 2; y++) {
      for (let x = plane; x < plane + 2; x++) {
        const context = ((up >> x) & 1) + ((left >> y) & 1);
        const dc = load<i32>(factor, 16);
        const ac = load<i32>(factor, 20);
        const end = readCoefficients(coefficients + CHROMA * KIND_BYTES, context, 0, dc, ac, block);
        const has: u32 = end > 0 ? 1 : 0;
        up = (up & ~(1 << x)) | (has << x);
        left = (left & ~(1 << y)) | (has << y);
        chromaCodes = (chromaCodes << 2) | codeOf(end, block);
        block += BLOCK_BYTES;
      }
    }
  }
  store<u16>(above, up);
  tokensLeft = left;
}

function codeOf(end: u32, block: usize): u32 {
  if (end > 3) return 3;
  if (end > 1) return 2;
  return load<i16>(block) != 0 ? 1 : 0;
}

function chooseFilter(column: u32, mode: usize, hasBlockModes: bool): void {
  const choice = (((load<u8>(mode, SEGMENT) as u32) << 1) | (hasBlockModes ? 1 : 0)) as usize;
  const edge = edges + (column as usize) * FILTER_BYTES;
  store<u32>(edge, load<u32>(filters + choice * FILTER_BYTES));
  store<u8>(edge, hasBlockModes || (lumaCodes | chromaCodes) != 0 ? 1 : 0, IS_INNER);
}

function placeAbove(above: usize): void {
  v128.store(luma - STRIDE, v128.load(above));
  store<u64>(chromaU - STRIDE, load<u64>(above, 16));
  store<u64>(chromaV - STRIDE, load<u64>(above, 24));
}

function rebuildLuma(mode: u32, column: u32): void {
  predictLuma(luma, mode, column > 0, row > 0);
  if (lumaCodes == 0) return;
  let codes = lumaCodes;
  let block = blocks;
  for (let y = luma; y < luma + 16 * STRIDE; y += 4 * STRIDE) {
    for (let at = y; at < y + 16; at += 4) {
      addResidue(codes, block, at);
      codes <<= 2;
      block += BLOCK_BYTES;
    }
  }
}

/** Right of what is above stands the next macroblock's, or the last sample where there is none. */
function rebuildBlocks(mode: usize, above: usize, isLast: bool): void {
  const right =
    isLast && row > 0 ? load<u8>(above, 15) * 0x01010101 : load<u32>(above, ABOVE_BYTES);
  for (let y: usize = 0; y < 16; y += 4) store<u32>(luma + y * STRIDE - STRIDE, right, 16);
  let codes = lumaCodes;
  let block = blocks;
  for (let y = luma; y < luma + 16 * STRIDE; y += 4 * STRIDE) {
    for (let at = y; at < y + 16; at += 4) {
      predictBlock(at, load<u8>(mode));
      addResidue(codes, block, at);
      mode++;
      codes <<= 2;
      block += BLOCK_BYTES;
    }
  }
}

/** By the highest two bits of `codes`. */
function addResidue(codes: u32, block: usize, at: usize): void {
  const code = codes >> 30;
  if (code == 3) addBlock(block, at);
  else if (code == 2) addCorner(block, at);
  else if (code == 1) addMean(block, at);
}

/** Four blocks; where one has more than its first coefficient, all are taken as if they had. */
function addChroma(at: usize, block: usize, codes: u32): void {
  if (codes == 0) return;
  const hasMore = (codes & 0xaa) != 0;
  for (let i: usize = 0; i < 4; i++) {
    const to = at + (i >> 1) * 4 * STRIDE + (i & 1) * 4;
    if (hasMore) addBlock(block + i * BLOCK_BYTES, to);
    else if (load<i16>(block + i * BLOCK_BYTES) != 0) addMean(block + i * BLOCK_BYTES, to);
  }
}

/** To the planes; and what the macroblocks below and to the right are predicted from. */
function finishMacroblock(column: u32, above: usize): void {
  const toY = lumaRow(row << 4) + ((column as usize) << 4);
  for (let y: usize = 0; y < 16; y++) {
    v128.store(toY + y * lumaStride, v128.load(luma + y * STRIDE));
  }
  const toU = chromaRow(planeU, row << 3) + ((column as usize) << 3);
  const toV = chromaRow(planeV, row << 3) + ((column as usize) << 3);
  for (let y: usize = 0; y < 8; y++) {
    store<u64>(toU + y * chromaStride, load<u64>(chromaU + y * STRIDE));
    store<u64>(toV + y * chromaStride, load<u64>(chromaV + y * STRIDE));
  }
  v128.store(above, v128.load(luma + 15 * STRIDE));
  store<u64>(above, load<u64>(chromaU + 7 * STRIDE), 16);
  store<u64>(above, load<u64>(chromaV + 7 * STRIDE), 24);
  for (let at = luma - STRIDE; at < luma + 16 * STRIDE; at += STRIDE) {
    store<u8>(at - 1, load<u8>(at, 15));
  }
  for (let at = chromaU - STRIDE; at < chromaU + 8 * STRIDE; at += STRIDE) {
    store<u8>(at - 1, load<u8>(at, 7));
    store<u8>(at + 15, load<u8>(at, 23));
  }
}

/** Addresses of rows of the picture in the planes. */
export function lumaRow(y: u32): usize {
  return planeY + ((y & (LUMA_ROWS - 1)) as usize) * lumaStride;
}

export function chromaRow(plane: usize, y: u32): usize {
  return plane + ((y & (CHROMA_ROWS - 1)) as usize) * chromaStride;
}

/** Edges of each macroblock in turn: left, inside, above, inside (§15.2). */
function filterRowOfMacroblocks(): void {
  for (let column: u32 = 0; column < columns; column++) {
    const edge = edges + (column as usize) * FILTER_BYTES;
    const limit: u32 = load<u8>(edge);
    if (limit == 0) continue;
    setLimits(load<u8>(edge, 1), load<u8>(edge, 2));
    const isInner = load<u8>(edge, IS_INNER) != 0;
    filterLuma(column, limit, isInner);
    if (!isSimple) filterChroma(column, limit, isInner);
  }
}

function filterLuma(column: u32, limit: u32, isInner: bool): void {
  const at = lumaRow(row << 4) + ((column as usize) << 4);
  const outer = isSimple ? SIMPLE : OUTER;
  const inner = isSimple ? SIMPLE : INNER;
  if (column > 0) filterColumn(outer, at, lumaStride, limit + 4);
  if (isInner) {
    for (let x: usize = 4; x < 16; x += 4) filterColumn(inner, at + x, lumaStride, limit);
  }
  if (row > 0) {
    const above = lumaRow((row << 4) - 1) + ((column as usize) << 4);
    filterRow(outer, above, at, lumaStride, limit + 4);
  }
  if (isInner) {
    for (let y = at + 4 * lumaStride; y < at + 16 * lumaStride; y += 4 * lumaStride) {
      filterRow(inner, y - lumaStride, y, lumaStride, limit);
    }
  }
}

function filterChroma(column: u32, limit: u32, isInner: bool): void {
  const x = (column as usize) << 3;
  const atU = chromaRow(planeU, row << 3) + x;
  const atV = chromaRow(planeV, row << 3) + x;
  const stride = chromaStride;
  if (column > 0) filterChromaColumn(OUTER, atU, atV, stride, limit + 4);
  if (isInner) filterChromaColumn(INNER, atU + 4, atV + 4, stride, limit);
  if (row > 0) {
    const aboveU = chromaRow(planeU, (row << 3) - 1) + x;
    const aboveV = chromaRow(planeV, (row << 3) - 1) + x;
    filterChromaRow(OUTER, aboveU, aboveV, atU, atV, stride, limit + 4);
  }
  if (isInner) {
    const belowU = atU + 4 * stride;
    const belowV = atV + 4 * stride;
    filterChromaRow(INNER, belowU - stride, belowV - stride, belowU, belowV, stride, limit);
  }
}
