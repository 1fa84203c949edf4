import { constants, crc32, deflateRawSync, deflateSync, type ZlibOptions } from "node:zlib";
import { pngChunk } from "../../../core/image/made-headers.ts";

/** A PNG written by the book, with the pixels a decoder must find in it. */
export interface PngFixture {
  readonly bytes: Uint8Array;
  /** RGBA of 8 bits. */
  readonly expected: Uint8Array;
}

export interface PngShape {
  readonly width: number;
  readonly height: number;
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly bitDepth: 1 | 2 | 4 | 8 | 16;
  readonly interlaced?: boolean;
  /** One value is made transparent through tRNS. */
  readonly transparent?: boolean;
  /** How the rows are deflated. */
  readonly zlib?: ZlibOptions;
  /** Bytes of data in one IDAT. */
  readonly idatBytes?: number;
  /** Chunks to stand before the pixels. */
  readonly before?: readonly Uint8Array[];
}

export const everyLayout = (
  [
    [0, [1, 2, 4, 8, 16]],
    [2, [8, 16]],
    [3, [1, 2, 4, 8]],
    [4, [8, 16]],
    [6, [8, 16]],
  ] as const
).flatMap(([colourType, depths]) =>
  depths.flatMap((bitDepth) =>
    [false, true].map((interlaced) => ({ colourType, bitDepth, interlaced })),
  ),
);

const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function writePng(shape: PngShape): PngFixture {
  const { width, height, colourType, bitDepth } = shape;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([bitDepth, colourType, 0, 0, shape.interlaced ? 1 : 0], 8);

  const idat = deflateSync(filteredRows(shape), { level: 6, ...shape.zlib });
  const bytes = joinPng([
    pngChunk("IHDR", header),
    ...(colourType === 3 ? [pngChunk("PLTE", palette(bitDepth))] : []),
    ...(shape.transparent ? [pngChunk("tRNS", transparency(shape))] : []),
    ...(shape.before ?? []),
    ...split(idat, shape.idatBytes ?? idat.length).map((part) => pngChunk("IDAT", part)),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
  return { bytes, expected: expectedPixels(shape) };
}

/**
 * A picture one pixel wide, whose pixels are these bytes. Each part is a block of its own with an empty
 * stored block behind it, as a writer leaves that flushes.
 */
export function greyColumn(
  parts: readonly Uint8Array[],
  zlib: ZlibOptions,
  idatBytes: number,
): Uint8Array {
  const header = new Uint8Array(13);
  const height = parts.reduce((sum, { length }) => sum + length, 0);
  new DataView(header.buffer).setUint32(0, 1);
  new DataView(header.buffer).setUint32(4, height);
  header[8] = 8;
  const blocks = parts.map((part, index) => {
    const rows = new Uint8Array(part.length * 2);
    part.forEach((value, y) => (rows[y * 2 + 1] = value));
    const isLast = index === parts.length - 1;
    const finishFlush = isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
    return deflateRawSync(rows, { ...zlib, finishFlush });
  });
  // A checksum follows, which PNG's own CRCs make idle.
  const stream = Buffer.concat([Uint8Array.of(0x78, 0x9c), ...blocks, new Uint8Array(4)]);
  return joinPng([
    pngChunk("IHDR", header),
    ...split(stream, idatBytes).map((part) => pngChunk("IDAT", part)),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
}

export function joinPng(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), ...chunks]));
}

/** The same chunk, with another CRC. */
export const withWrongCrc = (whole: Uint8Array): Uint8Array =>
  whole.with(whole.length - 1, (whole.at(-1) ?? 0) ^ 1);

/** Same file, with every CRC made right again, so that damage reaches what lies behind the check. */
export function mendCrcs(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png);
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
}

export const strategies: readonly [string, ZlibOptions][] = [
  ["stored", { level: 0 }],
  ["fixed codes", { strategy: constants.Z_FIXED }],
  ["literals only", { strategy: constants.Z_HUFFMAN_ONLY }],
  ["runs", { strategy: constants.Z_RLE }],
  ["fast", { level: 1 }],
  ["best", { level: 9 }],
  ["a small window", { windowBits: 9 }],
];

/** Smooth, with detail that differs by channel; each value fits the depth. */
function sample(x: number, y: number, channel: number, { bitDepth, width }: PngShape): number {
  const wave = Math.sin((x * (channel + 2)) / 5 + y / 3) + Math.cos(y / (channel + 3)) + x / width;
  return Math.round(((wave + 2) / 5) * (2 ** bitDepth - 1));
}

function palette(bitDepth: number): Uint8Array {
  return Uint8Array.from({ length: 3 * 2 ** bitDepth }, (_, index) => (index * 73 + 11) % 256);
}

/** The value at the first pixel is the transparent one; palettes fade over their first three entries. */
function transparency(shape: PngShape): Uint8Array {
  if (shape.colourType === 3) return Uint8Array.of(0, 100);
  const values = Array.from({ length: CHANNELS[shape.colourType] }, (_, c) =>
    sample(0, 0, c, shape),
  );
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 255]));
}

function expectedPixels(shape: PngShape): Uint8Array {
  const { width, height, colourType, bitDepth } = shape;
  const rgba = new Uint8Array(width * height * 4);
  const colours = palette(bitDepth);
  const clear = shape.transparent ? transparency(shape) : new Uint8Array(0);
  const to8 = (value: number) =>
    bitDepth === 16 ? value >> 8 : Math.floor((value * 255) / (2 ** bitDepth - 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const values = Array.from({ length: CHANNELS[colourType] }, (_, c) => sample(x, y, c, shape));
      const [first = 0] = values;
      const isClear =
        shape.transparent && values.every((v, c) => v === clear[2 * c]! * 256 + clear[2 * c + 1]!);
      const eight = values.map(to8);
      const pixel =
        colourType === 3
          ? [...colours.subarray(first * 3, first * 3 + 3), clear[first] ?? 255]
          : colourType === 0
            ? [eight[0]!, eight[0]!, eight[0]!, isClear ? 0 : 255]
            : colourType === 2
              ? [...eight, isClear ? 0 : 255]
              : colourType === 4
                ? [eight[0]!, eight[0]!, eight[0]!, eight[1]!]
                : eight;
      rgba.set(pixel, (y * width + x) * 4);
    }
  }
  return rgba;
}

/** All five filters in turn, so that each meets each layout. */
function filteredRows(shape: PngShape): Uint8Array {
  const { width, height, bitDepth, colourType } = shape;
  const passes = shape.interlaced ? PASSES : ([[0, 0, 1, 1]] as const);
  const step = Math.max(1, (CHANNELS[colourType] * bitDepth) >> 3);
  const rows: Uint8Array[] = [];
  for (const [x0, y0, dx, dy] of passes) {
    const columns = Math.ceil((width - x0) / dx);
    if (columns <= 0) continue;
    let above: Uint8Array = new Uint8Array(
      Math.ceil((columns * CHANNELS[colourType] * bitDepth) / 8),
    );
    for (let y = y0; y < height; y += dy) {
      const row = packRow(shape, columns, (column) => x0 + column * dx, y);
      rows.push(filterRow(rows.length % 5, row, above, step));
      above = row;
    }
  }
  return Buffer.concat(rows);
}

function packRow(
  shape: PngShape,
  columns: number,
  xOf: (column: number) => number,
  y: number,
): Uint8Array {
  const channels = CHANNELS[shape.colourType];
  const row = new Uint8Array(Math.ceil((columns * channels * shape.bitDepth) / 8));
  for (let i = 0; i < columns * channels; i++) {
    const value = sample(xOf(Math.floor(i / channels)), y, i % channels, shape);
    const bit = i * shape.bitDepth;
    if (shape.bitDepth === 16) row.set([value >> 8, value & 255], i * 2);
    else row[bit >> 3]! |= value << (8 - shape.bitDepth - (bit & 7));
  }
  return row;
}

function filterRow(kind: number, row: Uint8Array, above: Uint8Array, step: number): Uint8Array {
  const filtered = new Uint8Array(row.length + 1);
  filtered[0] = kind;
  for (let i = 0; i < row.length; i++) {
    const a = row[i - step] ?? 0;
    const b = above[i] ?? 0;
    const c = above[i - step] ?? 0;
    const predicted = [0, a, b, (a + b) >> 1, paeth(a, b, c)][kind]!;
    filtered[i + 1] = row[i]! - predicted;
  }
  return filtered;
}

function paeth(a: number, b: number, c: number): number {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

function split(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
