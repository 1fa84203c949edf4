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

/**
 * Whether the one scan of a sequential JPEG has all of its picture, by the letter of ITU-T T.81: every code is in its
 * table, every run of zeros ends inside its block, restart markers stand where they belong, and there are bits for
 * the last block. What follows that block does not count. libjpeg-turbo does not warn of wrong codes in its
 * quick path, so this says of which pictures it passes garbage. Undefined for pictures of other kinds.
 */
export function isWholeJpeg(file: Uint8Array): boolean | undefined {
  const header = readHeader(file);
  if (!header) return undefined;
  const { frame, scan, tables, interval, at } = header;
  const blocks = scan.flatMap(({ id, dc, ac }) => {
    const own = frame.components.find((component) => component.id === id);
    const count = own && frame.components.length > 1 ? own.h * own.v : 1;
    return Array.from({ length: count }, () => ({ dc: tables.get(dc), ac: tables.get(16 + ac) }));
  });
  const isAlone = frame.components.length === 1;
  const h = isAlone ? 1 : Math.max(...frame.components.map((component) => component.h));
  const v = isAlone ? 1 : Math.max(...frame.components.map((component) => component.v));
  const mcus = Math.ceil(frame.width / (8 * h)) * Math.ceil(frame.height / (8 * v));
  const bits = new BitReader(file, at);
  for (let mcu = 0; mcu < mcus; mcu++) {
    if (interval > 0 && mcu > 0 && mcu % interval === 0) {
      if (!bits.passRestart((mcu / interval - 1) % 8)) return false;
    }
    for (const { dc, ac } of blocks) {
      if (!dc || !ac || !passBlock(bits, dc, ac)) return false;
    }
  }
  return bits.hasMore();
}

/** Up to the first scan. Undefined where that is not the only one that the picture needs. */
function readHeader(source: Uint8Array) {
  /** DC tables by number, AC tables by number + 16. */
  const tables = new Map<number, Codes>();
  let frame: JpegFrame | undefined;
  let interval = 0;
  for (const { marker, payload, end } of segmentsOf(Buffer.from(source))) {
    if (marker === 0xc4) readTables(payload, tables);
    else if (marker === 0xdd) interval = payload.readUInt16BE(0);
    else if (marker === 0xc0 || marker === 0xc1) frame = readFrame(payload);
    else if (marker >= 0xc2 && marker <= 0xcf) return undefined;
    else if (marker === startOfScan) {
      const scan = readScan(payload);
      const isAll = frame?.components.length === scan.length;
      return frame && isAll ? { frame, scan, tables, interval, at: end } : undefined;
    }
  }
  return undefined;
}

/** One block (T.81, F.2.2); false where it cannot be. */
function passBlock(bits: BitReader, dc: Codes, ac: Codes): boolean {
  const size = bits.symbol(dc);
  if (size === undefined || size > 15 || !bits.skip(size)) return false;
  for (let position = 1; position < 64; position++) {
    const symbol = bits.symbol(ac);
    if (symbol === undefined) return false;
    const [run, own] = [symbol >> 4, symbol & 15];
    if (own === 0 && run < 15) return true;
    position += run;
    if (position > 63 || !bits.skip(own)) return false;
  }
  return true;
}
