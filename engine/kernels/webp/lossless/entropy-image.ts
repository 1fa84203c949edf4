/**
 * An image of ARGB values as the stream codes it (RFC 9649, §3.6 and §3.7): literals, copies of what came
 * before, and indices into a cache of recent colours. The picture is one, and so is each transform's data.
 */
import { SLACK, refuseMore, reserve, trim } from "../memory";
import { CORRUPT, OK, OVER_MEMORY, TRUNCATED } from "../status";
import { addressOf, bitsAt, bitsMax, readBits, seek, tell } from "./bit-reader";
import { checkCode, entryOf, readCode, readSymbol } from "./prefix-codes";

/**
 * Codes of a group, in the order of the stream, then a word of the value's channels other than green and
 * whether they are the same for all its literals.
 */
const RED: usize = 8;
const BLUE: usize = 16;
const ALPHA: usize = 24;
const DISTANCE: usize = 32;
const FIXED_CHANNELS: usize = 40;
const HAS_FIXED_CHANNELS: usize = 44;
const GROUP_BYTES: usize = 48;

const LITERALS: u32 = 256;
const LENGTHS: u32 = 24;
const DISTANCES: u32 = 40;
const CACHE_BITS_MAX: u32 = 11;

let groups: usize = 0;
let groupCount: u32 = 0;
/** Group of each tile, 16 bits; 0 where there is one group for all. */
let tiles: usize = 0;
let tileBits: u32 = 0;
let tilesAcross: u32 = 0;
/** Colours that were seen last, by a hash; 0 where there is no cache. */
let cache: usize = 0;
let cacheBits: u32 = 0;

/** Where the values of the last image lie. */
export let pixels: usize = 0;

/** The buffer whose end the stream lies at, in which the picture is decoded, and its length; or 0. */
let room: usize = 0;
let roomBytes: u64 = 0;

/** Says that the stream lies at the end of a buffer, which the picture's values may take from its beginning. */
export function decodeInPlace(at: usize, bytes: u64): void {
  room = at;
  roomBytes = bytes;
}

/** Rows of neighbours and how far left of the pixel they reach: y in the upper half, 8 - x in the lower. */
const neighbours = memory.data<u8>([
  24, 7, 23, 25, 40, 6, 39, 41, 22, 26, 38, 42, 56, 5, 55, 57, 21, 27, 54, 58, 37, 43, 72, 4, 71,
  73, 20, 28, 53, 59, 70, 74, 36, 44, 88, 69, 75, 52, 60, 3, 87, 89, 19, 29, 86, 90, 35, 45, 68, 76,
  85, 91, 51, 61, 104, 2, 103, 105, 18, 30, 102, 106, 34, 46, 84, 92, 67, 77, 101, 107, 50, 62, 120,
  1, 119, 121, 83, 93, 17, 31, 100, 108, 66, 78, 118, 122, 33, 47, 117, 123, 49, 63, 99, 109, 82,
  94, 0, 116, 124, 65, 79, 16, 32, 98, 110, 48, 115, 125, 81, 95, 64, 114, 126, 97, 111, 80, 113,
  127, 96, 112,
]);
const NEIGHBOURS: u32 = 120;

/** Reads an image that a transform needs: of one group of codes, and all but its values is forgotten. */
export function readSmallImage(width: u32, height: u32): i32 {
  const bytes = (width as u64) * height * 4;
  const values = reserve(bytes);
  if (values == 0) return OVER_MEMORY;
  let status = readCacheBits();
  if (status == OK) status = readGroups(1, 1, 0);
  if (status == OK) status = openCache();
  tiles = 0;
  if (status == OK) status = decode<u32>(values, width, height, false);
  pixels = values;
  trim(values, bytes as usize);
  return status;
}

/** Reads all that comes before the values of the picture itself. */
export function readCodes(width: u32, height: u32): i32 {
  let status = readCacheBits();
  const ownCacheBits = cacheBits;
  let told: u32 = 1;
  let used: u32 = 1;
  let mapping: usize = 0;
  let image: usize = 0;
  if (status == OK && readBits(1) != 0) {
    tileBits = 2 + readBits(3);
    tilesAcross = tilesOf(width, tileBits);
    const count = tilesAcross * tilesOf(height, tileBits);
    status = readSmallImage(tilesAcross, tilesOf(height, tileBits));
    if (status != OK) return status;
    image = pixels;
    told = narrowTiles(image, count);
    mapping = reserve((told as u64) * 4);
    if (mapping == 0) return OVER_MEMORY;
    used = numberTiles(image, count, mapping, told);
  }
  cacheBits = ownCacheBits;
  if (status == OK) status = readGroups(told, used, mapping);
  if (status == OK) status = openCache();
  tiles = image;
  return status;
}

/** Reads the picture's values: bytes of green where nothing else is asked for, else 32 bits. */
export function readPicture(width: u32, height: u32, isGreen: bool): i32 {
  const bytes = (width as u64) * height * (isGreen ? 1 : 4);
  const isInPlace = room != 0 && bytes + SLACK <= roomBytes;
  pixels = isInPlace ? room : reserve(bytes);
  if (pixels == 0) return OVER_MEMORY;
  return isGreen
    ? decode<u8>(pixels, width, height, isInPlace)
    : decode<u32>(pixels, width, height, isInPlace);
}

/** Whether only green tells values apart. */
export function isGreenOnly(): bool {
  if (cacheBits > 0) return false;
  for (let i: u32 = 0; i < groupCount; i++) {
    if (load<u32>(groups + (i as usize) * GROUP_BYTES, HAS_FIXED_CHANNELS) == 0) return false;
  }
  return true;
}

/** How many tiles with sides of 2 to the power of `bits` a side has. */
export function tilesOf(side: u32, bits: u32): u32 {
  return (side + (1 << bits) - 1) >> bits;
}

function readCacheBits(): i32 {
  cacheBits = 0;
  if (readBits(1) == 0) return OK;
  cacheBits = readBits(4);
  return cacheBits >= 1 && cacheBits <= CACHE_BITS_MAX ? OK : CORRUPT;
}

function openCache(): i32 {
  if (cacheBits == 0) return OK;
  const bytes: usize = 4 << cacheBits;
  cache = reserve(bytes);
  if (cache == 0) return OVER_MEMORY;
  memory.fill(cache, 0, bytes);
  return OK;
}

/** From the red and green of each value to 16 bits, in place; returns one more than the highest number. */
function narrowTiles(image: usize, count: u32): u32 {
  let most: u32 = 0;
  for (let i: usize = 0; i < count; i++) {
    const group = (load<u32>(image + (i << 2)) >> 8) & 0xffff;
    store<u16>(image + (i << 1), group);
    most = max(most, group);
  }
  trim(image, (count as usize) << 1);
  return most + 1;
}

const UNUSED: u32 = 0xffffffff;

/** Numbers the groups that tiles use in the order they come; the others need no tables. */
function numberTiles(image: usize, count: u32, mapping: usize, told: u32): u32 {
  let used: u32 = 0;
  for (let i: usize = 0; i < told; i++) store<u32>(mapping + (i << 2), UNUSED);
  for (let i: usize = 0; i < count; i++) {
    const at = mapping + ((load<u16>(image + (i << 1)) as usize) << 2);
    if (load<u32>(at) == UNUSED) {
      store<u32>(at, used);
      used++;
    }
    store<u16>(image + (i << 1), load<u32>(at));
  }
  return used;
}

function readGroups(told: u32, used: u32, mapping: usize): i32 {
  groupCount = used;
  groups = reserve((used as u64) * GROUP_BYTES);
  if (groups == 0) return OVER_MEMORY;
  for (let i: u32 = 0; i < told; i++) {
    const number = mapping == 0 ? 0 : load<u32>(mapping + ((i as usize) << 2));
    const status =
      number == UNUSED ? checkGroup() : readGroup(groups + (number as usize) * GROUP_BYTES);
    if (status != OK) return status;
  }
  return OK;
}

/** The alphabet of green has the lengths of copies as well, and the cache's indices. */
function greens(): u32 {
  return LITERALS + LENGTHS + (cacheBits == 0 ? 0 : 1 << cacheBits);
}

function readGroup(group: usize): i32 {
  let status = readCode(group, greens());
  if (status == OK) status = readCode(group + RED, LITERALS);
  if (status == OK) status = readCode(group + BLUE, LITERALS);
  if (status == OK) status = readCode(group + ALPHA, LITERALS);
  if (status == OK) status = readCode(group + DISTANCE, DISTANCES);
  if (status != OK) return status;
  const isFixed =
    (load<u32>(group, RED + 4) | load<u32>(group, BLUE + 4) | load<u32>(group, ALPHA + 4)) == 0;
  store<u32>(group, isFixed ? 1 : 0, HAS_FIXED_CHANNELS);
  if (isFixed) {
    const red = onlySymbol(group + RED);
    const alpha = onlySymbol(group + ALPHA);
    store<u32>(group, (alpha << 24) | (red << 16) | onlySymbol(group + BLUE), FIXED_CHANNELS);
  }
  return OK;
}

function checkGroup(): i32 {
  let status = checkCode(greens());
  for (let i = 0; i < 3; i++) if (status == OK) status = checkCode(LITERALS);
  return status == OK ? checkCode(DISTANCES) : status;
}

function onlySymbol(code: usize): u32 {
  return load<u32>(load<usize>(code)) >> 16;
}

/**
 * Taking more bits than there are is damage. But libwebp lets the last symbol of greens alone do it, with zeros
 * for what is missing, and so does this; the slack behind the stream has them.
 *
 * In place, values are written where the stream has been read: what is still to be read has to lie behind them, which
 * it does unless the rest of the stream is longer than the values that are still to come.
 */
function decode<Value>(to: usize, width: u32, height: u32, isInPlace: bool): i32 {
  const size = sizeof<Value>();
  const end = to + (width as usize) * (height as usize) * size;
  const tileMask: u32 = tiles == 0 ? 0xffffffff : (1 << tileBits) - 1;
  const bitsEnd = bitsMax;
  let position = tell();
  let at = to;
  let cached = to;
  let x: u32 = 0;
  let y: u32 = 0;
  let group = groups;
  // Up to here nothing is overwritten that is still to be read.
  let safeEnd = isInPlace ? to : end;
  while (at < end) {
    if (position > bitsEnd) return TRUNCATED;
    if (at >= safeEnd) {
      safeEnd = addressOf(position) - SLACK;
      if (at >= safeEnd) return refuseOverlap(end - at);
    }
    if ((x & tileMask) == 0) group = groupAt(x, y);
    const bits = bitsAt(position);
    const green = entryOf(group, bits);
    position += (green & 0xff) as u64;
    const symbol = green >> 16;
    if (symbol < LITERALS) {
      if (size == 1) {
        store<u8>(at, symbol);
      } else if (load<u32>(group, HAS_FIXED_CHANNELS) != 0) {
        store<u32>(at, load<u32>(group, FIXED_CHANNELS) | (symbol << 8));
      } else {
        const red = entryOf(group + RED, bits >> (green & 0xff));
        position += (red & 0xff) as u64;
        const rest = bitsAt(position);
        const blue = entryOf(group + BLUE, rest);
        const alpha = entryOf(group + ALPHA, rest >> (blue & 0xff));
        position += ((blue & 0xff) + (alpha & 0xff)) as u64;
        const opaque = ((alpha >> 16) << 24) | ((red >> 16) << 16);
        store<u32>(at, opaque | (symbol << 8) | (blue >> 16));
      }
    } else if (symbol < LITERALS + LENGTHS) {
      seek(position);
      const length = readCount(symbol - LITERALS);
      const distance = readDistance(group + DISTANCE, width);
      position = tell();
      if (size > 1 && position > bitsEnd) return TRUNCATED;
      if (((at - to) as u64) < (distance as u64) * size) return CORRUPT;
      if (((end - at) as u64) < (length as u64) * size) return CORRUPT;
      if (isInPlace && at + (length as usize) * size > addressOf(position) - SLACK) {
        return refuseOverlap(end - at);
      }
      copy<Value>(at, distance, length);
      at += (length as usize) * size;
      x += length;
      while (x >= width) {
        x -= width;
        y++;
      }
      if (at < end) group = groupAt(x, y);
      continue;
    } else {
      for (; cached < at; cached += 4) remember(load<u32>(cached));
      store<u32>(at, load<u32>(cache + ((symbol - LITERALS - LENGTHS) << 2)));
    }
    at += size;
    x++;
    if (x == width) {
      x = 0;
      y++;
    }
  }
  seek(position);
  return size > 1 && position > bitsEnd ? TRUNCATED : OK;
}

function refuseOverlap(bytes: usize): i32 {
  refuseMore(bytes);
  return OVER_MEMORY;
}

function groupAt(x: u32, y: u32): usize {
  if (tiles == 0) return groups;
  const tile = (y >> tileBits) * tilesAcross + (x >> tileBits);
  return groups + (load<u16>(tiles + ((tile as usize) << 1)) as usize) * GROUP_BYTES;
}

function remember(value: u32): void {
  const index = (value * 0x1e35a7bd) >> (32 - cacheBits);
  store<u32>(cache + ((index as usize) << 2), value);
}

/** A number told by a prefix symbol and extra bits (§3.6.2.2.1). */
function readCount(symbol: u32): u32 {
  if (symbol < 4) return symbol + 1;
  const extra = (symbol - 2) >> 1;
  return ((2 + (symbol & 1)) << extra) + readBits(extra) + 1;
}

/** How many values back a copy begins. The smallest numbers mean neighbours in the rows above. */
function readDistance(code: usize, width: u32): u32 {
  const told = readCount(readSymbol(code));
  if (told > NEIGHBOURS) return told - NEIGHBOURS;
  const neighbour: u32 = load<u8>(neighbours + told - 1);
  const distance: i32 = (neighbour >> 4) * width + 8 - (neighbour & 15);
  return max(distance, 1);
}

/** Values that lie closer than `length` repeat. Up to a vector is written behind the last. */
function copy<Value>(to: usize, distance: u32, length: u32): void {
  const size = sizeof<Value>();
  const gap = (distance as usize) * size;
  const end = to + (length as usize) * size;
  if (gap >= 16) {
    for (; to < end; to += 16) v128.store(to, v128.load(to - gap));
  } else {
    for (; to < end; to += size) {
      if (size == 1) store<u8>(to, load<u8>(to - gap));
      else store<u32>(to, load<u32>(to - gap));
    }
  }
}
