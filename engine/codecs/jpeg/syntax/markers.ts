/** Reads a JPEG's markers (ITU-T T.81, annex B) without decoding it. */

const startOfScan = 0xda;
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
  return findMarker(file, scan, (marker) => marker === endOfImage) === file.length;
}

/**
 * Whether a file has more scans than `scansMax`. Each goes over the whole picture, so a small file of many
 * scans would cost what thousands of pictures do.
 */
export function hasMoreScansThan(file: Uint8Array, scansMax: number): boolean {
  let at = 0;
  for (let scans = 0; scans <= scansMax; scans++) {
    at = findMarker(file, at + 1, (marker) => marker === startOfScan);
    if (at === file.length) return false;
  }
  return true;
}

/** Where the entropy-coded data from `at` on end: at the next marker that is not a restart. */
export function skipData(file: Uint8Array, at: number): number {
  return findMarker(
    file,
    at,
    (marker) => marker !== 0 && marker !== 0xff && (marker < 0xd0 || marker > 0xd7),
  );
}

/** Where the first of the wanted markers from `at` on stands, or the file's length. */
function findMarker(file: Uint8Array, at: number, isWanted: (marker: number) => boolean): number {
  for (let next = file.indexOf(0xff, at); next !== -1; next = file.indexOf(0xff, next + 1)) {
    if (isWanted(file[next + 1] ?? 0)) return next;
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
  let next = file.indexOf(0xff, at);
  while (next !== -1) {
    const marker = file[next + 1] ?? 0;
    if (marker === startOfScan || marker === endOfImage) return next;
    let end = next + 2;
    if (marker === 0xff) {
      // Any marker may be preceded by fill bytes.
      end = next + 1;
    } else if (marker > 0x01 && (marker < 0xd0 || marker > 0xd8)) {
      // All but TEM, RSTn and SOI, which stand alone (T.81, table B.1).
      end += ((file[next + 2] ?? 0) << 8) | (file[next + 3] ?? 0);
      visit(marker, file.subarray(next + 4, end));
    }
    next = file.indexOf(0xff, end);
  }
  return file.length;
}
