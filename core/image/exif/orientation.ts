import type { Orientation } from "../header.ts";
import { openTiff } from "./tiff-header.ts";

/**
 * The orientation in an EXIF block, which is a small TIFF file (CIPA DC-008 §4.6); undefined when it
 * says nothing sensible. Only the first directory is read and no offset inside it is followed, so a
 * block that points at itself costs nothing.
 */
export function exifOrientation(block: Uint8Array): Orientation | undefined {
  const tiff = openTiff(withoutPrefix(block));
  if (tiff === undefined) return undefined;
  const { view, littleEndian, firstDirectory: directory } = tiff;
  const entriesInside = Math.floor((view.byteLength - directory - 2) / entryBytes);
  if (entriesInside < 1) return undefined;
  const entries = Math.min(view.getUint16(directory, littleEndian), entriesInside);
  for (let index = 0; index < entries; index++) {
    const entry = directory + 2 + index * entryBytes;
    if (view.getUint16(entry, littleEndian) !== orientationTag) continue;
    return orientationOf(entryValue(view, entry, littleEndian));
  }
  return undefined;
}

const entryBytes = 12;
const orientationTag = 0x0112;
const shortType = 3;
const longType = 4;

/** JPEG always, and some WebP writers, put these six bytes before the TIFF header. */
const exifPrefix = [0x45, 0x78, 0x69, 0x66, 0x00, 0x00] as const;

export const hasExifPrefix = (block: Uint8Array): boolean =>
  exifPrefix.every((byte, index) => block[index] === byte);

/** Where the block begins as a TIFF file. */
export const withoutPrefix = (block: Uint8Array): Uint8Array =>
  hasExifPrefix(block) ? block.subarray(exifPrefix.length) : block;

/** The tag is a single SHORT; some writers make it a LONG. An array of them is not an orientation. */
function entryValue(view: DataView, entry: number, littleEndian: boolean): number {
  if (view.getUint32(entry + 4, littleEndian) !== 1) return 0;
  const type = view.getUint16(entry + 2, littleEndian);
  if (type === shortType) return view.getUint16(entry + 8, littleEndian);
  if (type === longType) return view.getUint32(entry + 8, littleEndian);
  return 0;
}

const orientations: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

const orientationOf = (value: number): Orientation | undefined => orientations[value - 1];
