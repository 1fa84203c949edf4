import { concatenate } from "../../../../core/image/bytes.ts";
import { limits } from "../../../../core/limits.ts";

/** ICC.1 annex B.4: a profile in APP2 segments, each with this name, its number from 1, and their count. */
const NAME = Uint8Array.from("ICC_PROFILE\0", (character) => character.charCodeAt(0));
const PREFIX_BYTES = NAME.length + 2;
/** A segment's length counts itself in its 16 bits. */
const PART_BYTES_MAX = 65_533 - PREFIX_BYTES;

/**
 * The ICC profile of a JPEG, put together from its segments. Undefined where there is none, a part is
 * missing, or the whole is over `metadataBytesMax`.
 */
export function readJpegIcc(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let count = 0;
  let length = 0;
  for (const { marker, data } of segmentsOf(bytes)) {
    if (marker !== 0xe2 || !NAME.every((byte, index) => data[index] === byte)) continue;
    const number = data[NAME.length] ?? 0;
    // A second profile is a leftover of some editor: the first counts.
    if (parts[number - 1] !== undefined) continue;
    count = data[NAME.length + 1] ?? 0;
    if (number === 0 || number > count) return undefined;
    parts[number - 1] = data.subarray(PREFIX_BYTES);
    length += data.length - PREFIX_BYTES;
    if (length > limits.metadataBytesMax) return undefined;
  }
  if (count === 0 || parts.filter(Boolean).length !== count) return undefined;
  return concatenate(parts);
}

/** The segments that carry a profile, to stand behind SOI (and APP0) of a JPEG. */
export function jpegIccSegments(icc: Uint8Array): Uint8Array {
  const count = Math.ceil(icc.length / PART_BYTES_MAX);
  const segments = new Uint8Array(icc.length + count * (4 + PREFIX_BYTES));
  let at = 0;
  for (let number = 1; number <= count; number++) {
    const part = icc.subarray((number - 1) * PART_BYTES_MAX, number * PART_BYTES_MAX);
    const length = 2 + PREFIX_BYTES + part.length;
    segments.set([0xff, 0xe2, length >> 8, length & 255], at);
    segments.set(NAME, at + 4);
    segments.set([number, count], at + 4 + NAME.length);
    segments.set(part, at + 4 + PREFIX_BYTES);
    at += 2 + length;
  }
  return segments;
}

/** Marker segments up to the first scan, in the order of the file; a broken one ends the walk. */
export function* segmentsOf(
  bytes: Uint8Array,
): Generator<{ readonly marker: number; readonly data: Uint8Array }> {
  for (let at = 2; bytes[at] === 0xff;) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xda || marker === 0xd9) return;
    if (marker === 0xff) {
      // Any marker may be preceded by fill bytes.
      at++;
      continue;
    }
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (length < 2 || at + 2 + length > bytes.length) return;
    yield { marker, data: bytes.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}
