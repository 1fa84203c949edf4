import {
  BitReader,
  readFrame,
  readScan,
  readTables,
  segmentsOf,
  startOfScan,
  type Codes,
  type JpegFrame,
} from "./jpeg-letter.ts";
import { ScanProgress } from "./own-scans.ts";

/**
 * Whether the scans of a progressive JPEG are in order by the letter of ITU-T T.81, annex G, those aside that refine
 * what no scan has brought: every code is in its table, every run ends inside its band, restart markers stand where they
 * belong, and there are bits for the last block. libjpeg warns of none of it in scans that refine. Undefined for pictures
 * of other kinds.
 */
export function isWholeProgressive(source: Uint8Array): boolean | undefined {
  const tables = new Map<number, Codes>();
  const progress = new ScanProgress();
  let planes: readonly Plane[] | undefined;
  let interval = 0;
  const file = Buffer.from(source);
  for (const { marker, payload, end } of segmentsOf(file)) {
    if (marker === 0xc4) readTables(payload, tables);
    else if (marker === 0xdd) interval = payload.readUInt16BE(0);
    else if (marker === 0xc2) planes ??= planesOf(readFrame(payload));
    else if (marker >= 0xc0 && marker <= 0xcf) return undefined;
    else if (marker === startOfScan && progress.isNext(payload)) {
      const blocks = planes && blocksOf(payload, planes, tables);
      if (!blocks) return undefined;
      if (!passBlocks(new BitReader(file, end), blocks, readBand(payload), interval)) return false;
    }
  }
  return planes && true;
}

interface Plane {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  /** Blocks that show something of the picture, and those of whole MCUs. */
  readonly columns: number;
  readonly rows: number;
  readonly across: number;
  readonly mcuRows: number;
  /** By block and coefficient, whether it is no longer zero. */
  readonly nonZero: Uint8Array;
}

function planesOf({ width, height, components }: JpegFrame): readonly Plane[] | undefined {
  const h = Math.max(...components.map((own) => own.h));
  const v = Math.max(...components.map((own) => own.v));
  const [mcusPerRow, mcuRows] = [Math.ceil(width / (8 * h)), Math.ceil(height / (8 * v))];
  if (mcusPerRow * mcuRows * h * v > blocksMax) return undefined;
  return components.map((own) => {
    const across = mcusPerRow * own.h;
    return {
      ...own,
      columns: Math.ceil((width * own.h) / (8 * h)),
      rows: Math.ceil((height * own.v) / (8 * v)),
      across,
      mcuRows,
      nonZero: new Uint8Array(64 * across * mcuRows * own.v),
    };
  });
}

/** The fuzzer's pictures are small; those that say otherwise would take its time. */
const blocksMax = 1 << 18;

/** A block as its scan reads it. */
interface Block {
  readonly dc: Codes | undefined;
  readonly ac: Codes | undefined;
  readonly nonZero: Uint8Array;
}

/** The blocks of each MCU of a scan, in order (A.2): one alone where the scan has one component. */
function blocksOf(
  payload: Buffer,
  planes: readonly Plane[],
  tables: ReadonlyMap<number, Codes>,
): Block[][] | undefined {
  const own = readScan(payload).map(({ id, dc, ac }) => {
    const plane = planes.find((one) => one.id === id);
    return plane && { plane, dc: tables.get(dc), ac: tables.get(16 + ac) };
  });
  const components = own.filter((one) => one !== undefined);
  const [first] = components;
  if (!first || components.length < own.length) return undefined;
  const block = ({ plane, dc, ac }: typeof first, x: number, y: number): Block => {
    const at = 64 * (y * plane.across + x);
    return { dc, ac, nonZero: plane.nonZero.subarray(at, at + 64) };
  };
  const { plane } = first;
  if (components.length === 1) {
    return raster(plane.columns, plane.rows).map(([x, y]) => [block(first, x, y)]);
  }
  return raster(plane.across / plane.h, plane.mcuRows).map(([x, y]) =>
    components.flatMap((one) =>
      raster(one.plane.h, one.plane.v).map(([left, top]) =>
        block(one, x * one.plane.h + left, y * one.plane.v + top),
      ),
    ),
  );
}

const raster = (columns: number, rows: number): (readonly [number, number])[] =>
  Array.from({ length: columns * rows }, (_, k) => [k % columns, Math.floor(k / columns)]);

interface Band {
  readonly start: number;
  readonly end: number;
  readonly refines: boolean;
}

function readBand(payload: Buffer): Band {
  const [start = 0, end = 0, bits = 0] = payload.subarray(1 + 2 * (payload[0] ?? 0));
  return { start, end, refines: bits >> 4 > 0 };
}

function passBlocks(bits: BitReader, mcus: Block[][], band: Band, interval: number): boolean {
  /** Blocks from here on whose band has ended already. */
  let ended = 0;
  for (const [number, mcu] of mcus.entries()) {
    if (interval > 0 && number > 0 && number % interval === 0) {
      if (!bits.passRestart((number / interval - 1) % 8)) return false;
      ended = 0;
    }
    for (const block of mcu) {
      if (band.start === 0) {
        if (!passMean(bits, block, band)) return false;
        continue;
      }
      const left = band.refines
        ? passRefined(bits, block, band, ended)
        : passFirst(bits, block, band, ended);
      if (left === undefined) return false;
      ended = left;
    }
  }
  return true;
}

/** G.1.2.1 */
function passMean(bits: BitReader, { dc }: Block, { refines }: Band): boolean {
  if (refines) return bits.skip(1);
  const size = dc && bits.symbol(dc);
  return size !== undefined && size <= 15 && bits.skip(size);
}

/** G.1.2.2: how many blocks behind this one have no code of their own; undefined where it cannot be. */
function passFirst(bits: BitReader, { ac, nonZero }: Block, { start, end }: Band, ended: number) {
  if (ended > 0) return ended - 1;
  for (let position = start; position <= end; position++) {
    const symbol = ac && bits.symbol(ac);
    if (symbol === undefined) return undefined;
    const [run, size] = [symbol >> 4, symbol & 15];
    if (size === 0 && run < 15) return endedBlocks(bits, run);
    position += run;
    if (size === 0) continue;
    if (position > end || !bits.skip(size)) return undefined;
    nonZero[position] = 1;
  }
  return 0;
}

/** G.1.2.3: the same for a scan that refines: what is not zero yet has a bit of its own wherever it is passed. */
function passRefined(bits: BitReader, { ac, nonZero }: Block, { start, end }: Band, ended: number) {
  let position = start;
  let left = ended;
  while (left === 0 && position <= end) {
    const symbol = ac && bits.symbol(ac);
    if (symbol === undefined || (symbol & 15) > 1) return undefined;
    let zeros = symbol >> 4;
    const isNew = (symbol & 15) === 1;
    if (!isNew && zeros < 15) {
      const blocks = endedBlocks(bits, zeros);
      if (blocks === undefined) return undefined;
      left = blocks + 1;
      break;
    }
    if (isNew && !bits.skip(1)) return undefined;
    for (; position <= end && (nonZero[position] || zeros > 0); position++) {
      if (!nonZero[position]) zeros--;
      else if (!bits.skip(1)) return undefined;
    }
    if (isNew && position > end) return undefined;
    if (isNew) nonZero[position] = 1;
    position++;
  }
  if (left === 0) return 0;
  for (; position <= end; position++) {
    if (nonZero[position] && !bits.skip(1)) return undefined;
  }
  return left - 1;
}

function endedBlocks(bits: BitReader, size: number): number | undefined {
  const rest = bits.bits(size);
  return rest === undefined ? undefined : 2 ** size - 1 + rest;
}
