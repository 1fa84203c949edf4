/** The frame's header (RFC 6386, §9 and §19.2), and what follows from it for each segment. */
import { CORRUPT, OK, TRUNCATED } from "../status";
import {
  READER_BYTES,
  isPastEnd,
  openReader,
  readBool,
  readFlag,
  readNumber,
  readOptional,
  readSigned,
  resume,
  suspend,
} from "./bool-reader";
import { acFactors, coefficientDefaults, coefficientUpdates, dcFactors } from "./tables";
import { CONTEXT_BYTES, KIND_BYTES, POSITION_BYTES, bands } from "./tokens";

export let width: u32 = 0;
export let height: u32 = 0;

/** Readers of the first partition and of up to eight with coefficients, of which there are a power of 2. */
export const modeReader = memory.data(32, 16);
const tokenReaders = memory.data(8 * 32, 16);
let lastPartition: u32 = 0;

/** The reader of the coefficients of a row of macroblocks. */
export function tokenReader(row: u32): usize {
  return tokenReaders + ((row & lastPartition) as usize) * READER_BYTES;
}

/** Probabilities of coefficients, laid out as `tokens.ts` has them. */
export const coefficients = memory.data(4 * 816, 16);

export let maySkip: bool = false;
export let skipProbability: u32 = 0;

let hasSegments: bool = false;
let tellsSegments: bool = false;
let isAbsolute: bool = true;
const segmentProbabilities = memory.data<u8>([255, 255, 255]);
const segmentQuantizers = memory.data<i8>([0, 0, 0, 0]);
const segmentLevels = memory.data<i8>([0, 0, 0, 0]);

/** Probabilities of the tree that gives a macroblock's segment; 0 where none is given. */
export function toldSegments(): usize {
  return tellsSegments ? segmentProbabilities : 0;
}

/** Six factors of each segment, 32 bits each: DC and AC of luma, of its means, and of chroma. */
export const FACTORS_BYTES: usize = 24;
export const factors = memory.data(4 * 24, 16);

/** Whether rows are filtered at all, and by the filter that works on luma alone. */
export let isFiltered: bool = false;
export let isSimple: bool = false;

/** For each segment, without and with block modes: the limit across an edge, next to it, of variance. */
export const FILTER_BYTES: usize = 4;
export const filters = memory.data(4 * 2 * 4);

const TAG_BYTES: usize = 10;

/** Reads everything before the first macroblock. */
export function readHeader(at: usize, length: usize): i32 {
  if (length < TAG_BYTES) return TRUNCATED;
  const tag = load<u32>(at) & 0xffffff;
  const isKeyFrame = (tag & 1) == 0;
  const version = (tag >> 1) & 7;
  const isShown = ((tag >> 4) & 1) != 0;
  const partitionBytes = (tag >> 5) as usize;
  if (!isKeyFrame || version > 3 || !isShown) return CORRUPT;
  if ((load<u32>(at, 3) & 0xffffff) != 0x2a019d) return CORRUPT;
  width = load<u16>(at, 6) & 0x3fff;
  height = load<u16>(at, 8) & 0x3fff;
  if (width == 0 || height == 0) return CORRUPT;
  const rest = length - TAG_BYTES;
  if (partitionBytes > rest) return TRUNCATED;
  const first = at + TAG_BYTES;
  openReader(modeReader, first, first + partitionBytes);
  resume(modeReader);
  // Colour space and the promise that nothing needs clamping change nothing here.
  readNumber(2);
  readSegments();
  if (isPastEnd()) return CORRUPT;
  readFilters();
  if (isPastEnd()) return CORRUPT;
  if (!openPartitions(first + partitionBytes, rest - partitionBytes)) return TRUNCATED;
  readFactors();
  // Whether later frames start from these probabilities.
  readFlag();
  readProbabilities();
  suspend(modeReader);
  return OK;
}

/** §9.3 */
function readSegments(): void {
  hasSegments = readFlag();
  if (!hasSegments) return;
  tellsSegments = readFlag();
  if (readFlag()) {
    isAbsolute = readFlag();
    for (let i: usize = 0; i < 4; i++) store<i8>(segmentQuantizers + i, readOptional(7) as i8);
    for (let i: usize = 0; i < 4; i++) store<i8>(segmentLevels + i, readOptional(6) as i8);
  }
  if (!tellsSegments) return;
  for (let i: usize = 0; i < 3; i++) {
    store<u8>(segmentProbabilities + i, readFlag() ? readNumber(8) : 255);
  }
}

/** §9.6: limits of edges, from the level of each segment and the adjustments for whole frames. */
function readFilters(): void {
  isSimple = readFlag();
  const frameLevel = readNumber(6);
  const sharpness = readNumber(3);
  isFiltered = frameLevel != 0;
  // Of adjustments by reference frame and by mode, those for key frames and for block modes matter.
  let forKeyFrame = 0;
  let forBlockModes = 0;
  const isAdjusted = readFlag();
  if (isAdjusted && readFlag()) {
    if (readFlag()) forKeyFrame = readSigned(6);
    for (let i = 1; i < 4; i++) if (readFlag()) readSigned(6);
    if (readFlag()) forBlockModes = readSigned(6);
    for (let i = 1; i < 4; i++) if (readFlag()) readSigned(6);
  }
  for (let segment: usize = 0; segment < 4; segment++) {
    let level = frameLevel;
    if (hasSegments) {
      level = load<i8>(segmentLevels + segment);
      if (!isAbsolute) level += frameLevel;
    }
    if (isAdjusted) level += forKeyFrame;
    const to = filters + segment * 2 * FILTER_BYTES;
    setFilter(to, level, sharpness);
    setFilter(to + FILTER_BYTES, isAdjusted ? level + forBlockModes : level, sharpness);
  }
}

function setFilter(to: usize, wanted: i32, sharpness: i32): void {
  const level = min(max(wanted, 0), 63);
  let interior = level;
  if (sharpness > 0) {
    interior >>= sharpness > 4 ? 2 : 1;
    interior = min(interior, 9 - sharpness);
  }
  interior = max(interior, 1);
  store<u8>(to, level == 0 ? 0 : 2 * level + interior);
  store<u8>(to, interior, 1);
  store<u8>(to, level >= 40 ? 2 : level >= 15 ? 1 : 0, 2);
}

/** §9.5: three bytes for the length of each partition but the last, which takes what is left. */
function openPartitions(at: usize, length: usize): bool {
  lastPartition = (1 << readNumber(2)) - 1;
  const sizes: usize = 3 * lastPartition;
  if (length < sizes) return false;
  let start = at + sizes;
  const end = at + length;
  for (let i: u32 = 0; i < lastPartition; i++) {
    const size: usize = load<u16>(at) | ((load<u8>(at, 2) as u32) << 16);
    const stop = start + min(size, end - start);
    openReader(tokenReader(i), start, stop);
    start = stop;
    at += 3;
  }
  openReader(tokenReader(lastPartition), start, end);
  return start < end;
}

/** §9.6 and §14.1 */
function readFactors(): void {
  const frameIndex = readNumber(7);
  const lumaDc = readOptional(4);
  const meansDc = readOptional(4);
  const meansAc = readOptional(4);
  const chromaDc = readOptional(4);
  const chromaAc = readOptional(4);
  for (let segment: usize = 0; segment < 4; segment++) {
    let index = frameIndex;
    if (hasSegments) {
      index = load<i8>(segmentQuantizers + segment);
      if (!isAbsolute) index += frameIndex;
    }
    const to = factors + segment * FACTORS_BYTES;
    store<i32>(to, dcFactor(index + lumaDc, 127));
    store<i32>(to, acFactor(index), 4);
    store<i32>(to, dcFactor(index + meansDc, 127) * 2, 8);
    store<i32>(to, max((acFactor(index + meansAc) * 155) / 100, 8), 12);
    store<i32>(to, dcFactor(index + chromaDc, 117), 16);
    store<i32>(to, acFactor(index + chromaAc), 20);
  }
}

function dcFactor(index: i32, most: i32): i32 {
  return load<u8>(dcFactors + min(max(index, 0), most));
}

function acFactor(index: i32): i32 {
  return load<u16>(acFactors + 2 * min(max(index, 0), 127));
}

/** §13.4 and §9.11; each band's probabilities go to all its positions. */
function readProbabilities(): void {
  for (let kind: usize = 0; kind < 4; kind++) {
    for (let band: usize = 0; band < 8; band++) {
      for (let context: usize = 0; context < 3; context++) {
        const at = ((kind * 8 + band) * 3 + context) * 11;
        for (let i: usize = 0; i < 11; i++) {
          const isUpdated = readBool(load<u8>(coefficientUpdates + at + i));
          const probability = isUpdated ? readNumber(8) : load<u8>(coefficientDefaults + at + i);
          const to = coefficients + kind * KIND_BYTES + context * CONTEXT_BYTES + i;
          for (let position: usize = 0; position < 17; position++) {
            if (load<u8>(bands + position) != (band as u8)) continue;
            store<u8>(to + position * POSITION_BYTES, probability);
          }
        }
      }
    }
  }
  maySkip = readFlag();
  if (maySkip) skipProbability = readNumber(8);
}
