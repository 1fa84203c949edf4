/** Reads a JPEG's markers (ITU-T T.81, annex B) without decoding it. */

export const startOfScan = 0xda;
export const endOfImage = 0xd9;
const app14 = 0xee;

/** Whether Adobe's APP14 segment stands before the first scan. */
export function hasAdobeMarker(file: Uint8Array): boolean {
  let found = false;
  visitSegments(file, 2, (marker, payload) => {
    found ||= marker === app14 && String.fromCharCode(...payload.subarray(0, 5)) === "Adobe";
  });
  return found;
}

/** Whether no end-of-image marker follows the first scan: the data stop early. */
export function missesEndOfImage(file: Uint8Array): boolean {
  const scan = visitSegments(file, 2, () => {});
  for (let at = file.indexOf(0xff, scan); at >= 0; at = file.indexOf(0xff, at + 1)) {
    if (file[at + 1] === endOfImage) return false;
  }
  return true;
}

/**
 * Whether a file has more scans than `scansMax`. Each goes over the whole picture, so a small file of many
 * scans would cost what thousands of pictures do.
 */
export function hasMoreScansThan(file: Uint8Array, scansMax: number): boolean {
  let scans = 0;
  for (let at = file.indexOf(0xff); at >= 0 && scans <= scansMax; at = file.indexOf(0xff, at + 1)) {
    if (file[at + 1] === startOfScan) scans++;
  }
  return scans > scansMax;
}

/** Where the entropy-coded data from `at` on end: at the next marker that is not a restart. */
export function skipData(file: Uint8Array, at: number): number {
  for (let next = file.indexOf(0xff, at); next >= 0; next = file.indexOf(0xff, next + 1)) {
    const marker = file[next + 1] ?? 0;
    if (marker !== 0 && marker !== 0xff && (marker < 0xd0 || marker > 0xd7)) return next;
  }
  return file.length;
}

/**
 * Visits the segments from `at` to the next scan or the end of the image, each with its payload, and
 * returns where the marker of that scan or end stands, or the file's length.
 */
export function visitSegments(
  file: Uint8Array,
  at: number,
  visit: (marker: number, payload: Uint8Array) => void,
): number {
  while (at + 2 <= file.length) {
    const marker = file[at + 1] ?? 0;
    if (file[at] !== 0xff || marker === 0xff) {
      at++;
    } else if (marker === startOfScan || marker === endOfImage) {
      return at;
    } else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      // TEM, RSTn and SOI stand alone (T.81, table B.1).
      at += 2;
    } else {
      const length = ((file[at + 2] ?? 0) << 8) | (file[at + 3] ?? 0);
      visit(marker, file.subarray(at + 4, at + 2 + length));
      at += 2 + length;
    }
  }
  return file.length;
}
