import { viewOf } from "../../core/image/bytes.ts";
import {
  bigEndianMark,
  littleEndianMark,
  tiffHeaderBytes,
  tiffVersion,
  type Tiff,
} from "../../core/image/exif/tiff-header.ts";

/** One tagged value of a TIFF directory, in the byte order of its block. */
export interface Entry {
  readonly type: number;
  /** Values, not bytes. */
  readonly count: number;
  /** A view into the block. */
  readonly value: Uint8Array;
}

/** Entries by their tags. */
export type Directory = ReadonlyMap<number, Entry>;

/**
 * The entries of one directory whose tag is wanted and whose value lies inside the block; of several with
 * one tag the first. Nothing a value may point at is followed.
 */
export function readDirectory(
  tiff: Tiff,
  at: number,
  isWanted: (tag: number) => boolean,
): Directory {
  const { view, littleEndian } = tiff;
  const entries = new Map<number, Entry>();
  if (at + 2 > view.byteLength) return entries;
  const entriesInside = Math.floor((view.byteLength - at - 2) / ENTRY_BYTES);
  const count = Math.min(view.getUint16(at, littleEndian), entriesInside);
  for (let index = 0; index < count; index++) {
    const entryAt = at + 2 + index * ENTRY_BYTES;
    const tag = view.getUint16(entryAt, littleEndian);
    if (entries.has(tag) || !isWanted(tag)) continue;
    const entry = readEntry(tiff, entryAt);
    if (entry !== undefined) entries.set(tag, entry);
  }
  return entries;
}

function readEntry({ view, littleEndian }: Tiff, at: number): Entry | undefined {
  const type = view.getUint16(at + 2, littleEndian);
  const count = view.getUint32(at + 4, littleEndian);
  const length = (TYPE_BYTES[type] ?? 0) * count;
  if (length === 0) return undefined;
  const start = length <= INLINE_BYTES ? at + 8 : view.getUint32(at + 8, littleEndian);
  if (start + length > view.byteLength) return undefined;
  const value = new Uint8Array(view.buffer, view.byteOffset + start, length);
  return { type, count, value };
}

/** The bytes `writeDirectory` needs for a directory and its values. */
export function directoryBytes(directory: Directory): number {
  let length = 2 + directory.size * ENTRY_BYTES + NEXT_BYTES;
  for (const { value } of directory.values()) length += outsideBytes(value);
  return length;
}

/** The header, pointing at a directory right behind it. */
export function writeHeader(view: DataView, littleEndian: boolean): void {
  view.setUint16(0, littleEndian ? littleEndianMark : bigEndianMark);
  view.setUint16(2, tiffVersion, littleEndian);
  view.setUint32(4, tiffHeaderBytes, littleEndian);
}

/** A directory in the order of its tags, which names no other behind it, and then its values. */
export function writeDirectory(
  { view, littleEndian }: Pick<Tiff, "view" | "littleEndian">,
  at: number,
  directory: Directory,
): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  view.setUint16(at, directory.size, littleEndian);
  let entryAt = at + 2;
  let valueAt = entryAt + directory.size * ENTRY_BYTES + NEXT_BYTES;
  for (const [tag, { type, count, value }] of [...directory].toSorted(([a], [b]) => a - b)) {
    view.setUint16(entryAt, tag, littleEndian);
    view.setUint16(entryAt + 2, type, littleEndian);
    view.setUint32(entryAt + 4, count, littleEndian);
    const isOutside = value.length > INLINE_BYTES;
    if (isOutside) view.setUint32(entryAt + 8, valueAt, littleEndian);
    bytes.set(value, isOutside ? valueAt : entryAt + 8);
    valueAt += outsideBytes(value);
    entryAt += ENTRY_BYTES;
  }
}

/** A single SHORT. */
export function shortEntry(value: number, littleEndian: boolean): Entry {
  const bytes = new Uint8Array(2);
  viewOf(bytes).setUint16(0, value, littleEndian);
  return { type: 3, count: 1, value: bytes };
}

/** A single LONG. */
export function longEntry(value: number, littleEndian: boolean): Entry {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, littleEndian);
  return { type: LONG_TYPE, count: 1, value: bytes };
}

/** The number of an entry that is a single LONG, as pointers to directories are. */
export function longOf(entry: Entry | undefined, littleEndian: boolean): number | undefined {
  if (entry?.type !== LONG_TYPE || entry.count !== 1) return undefined;
  return viewOf(entry.value).getUint32(0, littleEndian);
}

const ENTRY_BYTES = 12;
/** A directory ends with the offset of the next one. */
const NEXT_BYTES = 4;
/** Values up to this length stand in the entry itself. */
const INLINE_BYTES = 4;
const LONG_TYPE = 4;

/** TIFF 6.0, section 2, from BYTE to DOUBLE; 129 is UTF-8 (EXIF 3.0). */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  129: 1,
};

/** What a value takes apart from its entry: offsets are even. */
function outsideBytes({ length }: Uint8Array): number {
  return length <= INLINE_BYTES ? 0 : length + (length & 1);
}
