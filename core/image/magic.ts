import { limits } from "../limits.ts";
import { latin1At, viewOf } from "./bytes.ts";
import type { SourceFormat } from "./image-info.ts";

/** A format that is read; or else, where the bytes are known, what they are in words. */
export type Detection =
  | { readonly format: SourceFormat }
  | { readonly format?: undefined; readonly detected?: string };

/**
 * The format by its magic bytes; names and declared types play no part. Looks at the first
 * `limits.magicBytesMax` bytes only, so the answer is final once that many are given.
 */
export function detectFormat(head: Uint8Array): Detection {
  const start = latin1At(head, 0, limits.magicBytesMax);
  const signature = signatures.find((candidate) => isSignedBy(start, candidate));
  if (signature) return signature[0];
  if (start.startsWith("ftyp", 4)) return isoMediaFormat(start, viewOf(head).getUint32(0));
  return textFormat(start);
}

const other = (detected: string): Detection => ({ detected });

/** What a file begins with, and for some what stands at a later offset as well. */
type Signature = readonly [
  detection: Detection,
  prefix: string,
  laterOffset?: number,
  later?: string,
];

const isSignedBy = (start: string, [, prefix, laterOffset = 0, later = ""]: Signature): boolean =>
  start.startsWith(prefix) && start.startsWith(later, laterOffset);

/** Characters are bytes. The longer comes before the shorter where one begins like another. */
const signatures: readonly Signature[] = [
  [other("a JPEG-LS picture"), "\xff\xd8\xff\xf7"],
  [{ format: "jpeg" }, "\xff\xd8\xff"],
  [{ format: "png" }, "\x89PNG\r\n\x1a\n"],
  [{ format: "webp" }, "RIFF", 8, "WEBP"],
  [{ format: "gif" }, "GIF87a"],
  [{ format: "gif" }, "GIF89a"],
  // The upper three bytes of the second header's length, which is at most 124.
  [other("a BMP picture"), "BM", 15, "\0\0\0"],
  [other("a TIFF picture"), "II*\0"],
  [other("a TIFF picture"), "MM\0*"],
  [other("a BigTIFF picture"), "II+\0"],
  [other("a BigTIFF picture"), "MM\0+"],
  [other("a Windows icon"), "\0\0\x01\0"],
  [other("a Windows cursor"), "\0\0\x02\0"],
  [other("a JPEG XL picture"), "\xff\x0a"],
  [other("a JPEG XL picture"), "\0\0\0\x0cJXL \r\n\x87\n"],
  [other("a JPEG 2000 picture"), "\xff\x4f\xff\x51"],
  [other("a JPEG 2000 picture"), "\0\0\0\x0cjP  \r\n\x87\n"],
  [other("a JPEG XR picture"), "II\xbc"],
  [other("a Photoshop document"), "8BPS\0"],
  [other("a GIMP document"), "gimp xcf "],
  [other("an MNG animation"), "\x8aMNG\r\n\x1a\n"],
  [other("a JNG picture"), "\x8bJNG\r\n\x1a\n"],
  [other("an OpenEXR picture"), "\x76\x2f\x31\x01"],
  [other("a Radiance HDR picture"), "#?RADIANCE\n"],
  [other("a DirectDraw surface"), "DDS \x7c\0\0\0"],
  [other("a QOI picture"), "qoif"],
  [other("a BPG picture"), "BPG\xfb"],
  [other("a FLIF picture"), "FLIF"],
  [other("a Windows metafile"), "\xd7\xcd\xc6\x9a"],
  [other("a PDF document"), "%PDF-"],
  [other("a PostScript document"), "%!PS"],
  [other("a PostScript document"), "\xc5\xd0\xd3\xc6"],
  [other("a ZIP archive"), "PK\x03\x04"],
  [other("gzip-compressed data"), "\x1f\x8b\x08"],
  [other("an AVI video"), "RIFF", 8, "AVI "],
  [other("a Matroska or WebM video"), "\x1a\x45\xdf\xa3"],
];

/**
 * ISO base media files say in their first box what they are (ISO/IEC 14496-12 §4.3): a major brand,
 * a version, then every brand they are compatible with. AVIF is read whenever it is among them.
 */
function isoMediaFormat(start: string, length: number): Detection {
  const brands = [start.slice(8, 12)];
  for (let offset = 16; offset + 4 <= Math.min(length, start.length); offset += 4) {
    brands.push(start.slice(offset, offset + 4));
  }
  if (brands.some((brand) => brand === "avif" || brand === "avis")) return { format: "avif" };
  if (brands.some((brand) => /^(he|mi|ms)(i[cmsx]|v[cmsx]|f1)$/.test(brand))) {
    return other("a HEIC picture");
  }
  if (brands[0] === "crx ") return other("a Canon raw picture");
  return other("an MP4 or QuickTime video");
}

/** Mark-up and text, in UTF-8 or either UTF-16, whose zero bytes are dropped. The group is their byte order marks. */
function textFormat(start: string): Detection {
  const text = start.replaceAll("\0", "").replace(/^(ï»¿|ÿþ|þÿ)*\s*/, "");
  if (/^<[^]*<svg[\s>]|^<svg[\s>]/i.test(text)) return other("an SVG drawing");
  if (/^<(!doctype html|html|head|body|script)\b/i.test(text)) return other("an HTML page");
  if (/^<(\?xml|!--|!doctype)/i.test(text)) return other("an XML document");
  if (/^\{\s*"|^\[\s*[{"\d]/.test(text)) return other("a JSON document");
  return {};
}
