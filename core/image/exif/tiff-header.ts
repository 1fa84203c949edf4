import { viewOf } from "../bytes.ts";

/** A TIFF block (TIFF 6.0, section 2), which is what EXIF is, opened at its header. */
export interface Tiff {
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** Where the first directory begins, or so the block says: it may be anywhere. */
  readonly firstDirectory: number;
}

/** Undefined where the bytes do not begin as a TIFF file does. */
export function openTiff(block: Uint8Array): Tiff | undefined {
  if (block.length < tiffHeaderBytes) return undefined;
  const view = viewOf(block);
  const byteOrder = view.getUint16(0);
  if (byteOrder !== littleEndianMark && byteOrder !== bigEndianMark) return undefined;
  const littleEndian = byteOrder === littleEndianMark;
  if (view.getUint16(2, littleEndian) !== tiffVersion) return undefined;
  return { view, littleEndian, firstDirectory: view.getUint32(4, littleEndian) };
}

export const tiffHeaderBytes = 8;
export const littleEndianMark = 0x4949;
export const bigEndianMark = 0x4d4d;
export const tiffVersion = 42;
