import { hasExifPrefix } from "../../../../core/image/exif/orientation.ts";
import { segmentsOf } from "./icc.ts";

/** APP1 segments with the prefix of EXIF (CIPA DC-008 §4.7). */
export function* exifInJpeg(source: Uint8Array): Generator<Uint8Array> {
  for (const { marker, data } of segmentsOf(source)) {
    if (marker === 0xe1 && hasExifPrefix(data)) yield data;
  }
}
