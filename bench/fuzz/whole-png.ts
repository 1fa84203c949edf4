import { constants, crc32, deflateSync, inflateRawSync } from "node:zlib";

/**
 * The same PNG without its damaged ancillary chunks and without what stands behind its last row: the checksum of its
 * data, further data, the end mark. By the documented rule it is whole if it has all its rows, whatever follows.
 * Undefined where the rows are not all there.
 */
export function withoutItsEnd(source: Uint8Array): Buffer | undefined {
  const file = Buffer.from(source);
  const before: Buffer[] = [file.subarray(0, 8)];
  const data: Buffer[] = [];
  let header: Buffer | undefined;
  for (let at = 8; at + 12 <= file.length;) {
    const end = at + 12 + file.readUInt32BE(at);
    if (end > file.length) break;
    const type = file.toString("latin1", at + 4, at + 8);
    if (data.length > 0 && type !== "IDAT") break;
    if (type === "IHDR") header = file.subarray(at + 8, end - 4);
    if (type === "IDAT") data.push(file.subarray(at + 8, end - 4));
    else if (isCritical(type) || isIntact(file, at, end)) before.push(file.subarray(at, end));
    at = end;
  }
  if (!header || data.length === 0) return undefined;
  const rows = inflated(Buffer.concat(data).subarray(2));
  const needed = rowBytes(header);
  if (!rows || needed === undefined || rows.length < needed) return undefined;
  const packed = deflateSync(rows.subarray(0, needed));
  return Buffer.concat([...before, chunk("IDAT", packed), chunk("IEND", Buffer.alloc(0))]);
}

const isCritical = (type: string): boolean => (type.charCodeAt(0) & 0x20) === 0;

const isIntact = (file: Buffer, at: number, end: number): boolean =>
  crc32(file.subarray(at + 4, end - 4)) === file.readUInt32BE(end - 4);

function inflated(stream: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(stream, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
}

/** Bytes of all rows with their filters. */
function rowBytes(header: Buffer): number | undefined {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[header[9] ?? -1];
  if (channels === undefined) return undefined;
  const bits = channels * (header[8] ?? 0);
  let bytes = 0;
  for (const [left, top, across, down] of header[12] === 1 ? adam7 : whole) {
    const columns = Math.ceil((width - left) / across);
    const rows = Math.ceil((height - top) / down);
    if (columns > 0 && rows > 0) bytes += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  return bytes;
}

/** For each pass: its first column and row, and the steps to the next (PNG, third edition, §8.2). */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const whole = [[0, 0, 1, 1]] as const;

function chunk(type: string, payload: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), payload]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(payload.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
