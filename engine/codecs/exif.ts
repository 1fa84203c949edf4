import { withoutPrefix } from "../../core/image/exif/orientation.ts";
import { openTiff, tiffHeaderBytes, type Tiff } from "../../core/image/exif/tiff-header.ts";
import { limits } from "../../core/limits.ts";
import {
  directoryBytes,
  longEntry,
  longOf,
  readDirectory,
  shortEntry,
  writeDirectory,
  writeHeader,
  type Directory,
} from "./tiff.ts";

/**
 * The first of these blocks of a file that begins as EXIF does and is not over `metadataBytesMax`, as a view into
 * the file, from its TIFF header on. Never throws, for any bytes.
 */
export function firstExif(blocks: Iterable<Uint8Array>): Uint8Array | undefined {
  for (const block of blocks) {
    const tiff = withoutPrefix(block);
    if (tiff.length <= limits.metadataBytesMax && openTiff(tiff) !== undefined) return tiff;
  }
  return undefined;
}

/**
 * A JPEG segment (APP1) with what is kept of an EXIF block; undefined where nothing is, or it is too long
 * for a segment. `copyright` keeps the copyright notice and the artist. `keep` keeps what the standard
 * (CIPA DC-008) says of the photograph: when, where, by whom and with what it was taken. It leaves out
 * what the rendition makes untrue (orientation becomes 1, size and colour space go) and whatever may hold
 * a preview, which would show what was cropped away: the thumbnail, the maker's note, tags of no
 * standard. Never throws, for any bytes.
 */
export function exifSegment(tiff: Uint8Array, keep: "keep" | "copyright"): Uint8Array | undefined {
  const source = openTiff(tiff);
  if (source === undefined) return undefined;
  const kept = keep === "copyright" ? copyrightOf(source) : photographOf(source);
  if (kept.main.size === 0) return undefined;
  return segmentOf(kept, source.littleEndian);
}

/** The first directory, without its pointers, and what the pointers led to. */
interface Exif {
  readonly main: Directory;
  readonly children: readonly Child[];
}
interface Child {
  readonly pointerTag: number;
  readonly directory: Directory;
}

const PREFIX = Uint8Array.from("Exif\0\0", (character) => character.charCodeAt(0));
/** A segment's length counts itself in its 16 bits. */
const PAYLOAD_BYTES_MAX = 65_533;

const ORIENTATION = 0x0112;
const ARTIST = 0x013b;
const COPYRIGHT = 0x8298;
const PHOTO_POINTER = 0x8769;
const GPS_POINTER = 0x8825;

const isCopyrightTag = (tag: number) => tag === COPYRIGHT || tag === ARTIST;

/** Description, camera, resolution, software, date, host; rating; title to subject as Windows writes them. */
const MAIN_TAGS: ReadonlySet<number> = new Set([
  ...[0x010e, 0x010f, 0x0110, 0x011a, 0x011b, 0x0128, 0x0131, 0x0132, 0x013c],
  ...[0x4746, 0x4749, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f],
]);
const isMainTag = (tag: number) => MAIN_TAGS.has(tag) || isCopyrightTag(tag);

/** Pointers to other directories, the maker's note, colour space, width, height. */
const UNWANTED_PHOTO_TAGS: ReadonlySet<number> = new Set([
  ...[PHOTO_POINTER, GPS_POINTER, 0xa005],
  ...[0x927c, 0xa001, 0xa002, 0xa003],
]);
const isPhotoTag = (tag: number) => tag >= 0x829a && tag <= 0xa500 && !UNWANTED_PHOTO_TAGS.has(tag);

const isGpsTag = (tag: number) => tag <= 0x001f;

function copyrightOf(source: Tiff): Exif {
  const main = readDirectory(source, source.firstDirectory, isCopyrightTag);
  return { main: new Map([...main].filter(([, { value }]) => value.some(isInk))), children: [] };
}

/** Cameras without a name to put there write blanks. */
const isInk = (character: number) => character !== 0x00 && character !== 0x20;

function photographOf(source: Tiff): Exif {
  const { firstDirectory, littleEndian } = source;
  const main = readDirectory(source, firstDirectory, isMainTag);
  const pointers = readDirectory(
    source,
    firstDirectory,
    (tag) => tag === PHOTO_POINTER || tag === GPS_POINTER,
  );
  const child = (pointerTag: number, isWanted: (tag: number) => boolean): readonly Child[] => {
    const at = longOf(pointers.get(pointerTag), littleEndian);
    const directory = at === undefined ? undefined : readDirectory(source, at, isWanted);
    return directory === undefined || directory.size === 0 ? [] : [{ pointerTag, directory }];
  };
  const children = [...child(PHOTO_POINTER, isPhotoTag), ...child(GPS_POINTER, isGpsTag)];
  if (main.size === 0 && children.length === 0) return { main, children };
  return { main: new Map([...main, [ORIENTATION, shortEntry(1, littleEndian)]]), children };
}

function segmentOf({ main, children }: Exif, littleEndian: boolean): Uint8Array | undefined {
  const withPointers = new Map(main);
  // A pointer is as long as any other, so the length is known before where they point.
  for (const { pointerTag } of children) withPointers.set(pointerTag, longEntry(0, littleEndian));
  let end = tiffHeaderBytes + directoryBytes(withPointers);
  const placed = children.map((child) => {
    const at = end;
    end += directoryBytes(child.directory);
    withPointers.set(child.pointerTag, longEntry(at, littleEndian));
    return { ...child, at };
  });
  const payloadBytes = PREFIX.length + end;
  if (payloadBytes > PAYLOAD_BYTES_MAX) return undefined;

  const segment = new Uint8Array(4 + payloadBytes);
  const length = 2 + payloadBytes;
  segment.set([0xff, 0xe1, length >> 8, length & 0xff]);
  segment.set(PREFIX, 4);
  const view = new DataView(segment.buffer, 4 + PREFIX.length);
  writeHeader(view, littleEndian);
  writeDirectory({ view, littleEndian }, tiffHeaderBytes, withPointers);
  for (const { at, directory } of placed) writeDirectory({ view, littleEndian }, at, directory);
  return segment;
}
