import { limits } from "../limits.ts";
import { latin1At, viewOf } from "./bytes.ts";
import type { Signature } from "./format-record.ts";
import { formats, sourceFormats, type SourceFormat } from "./formats.ts";

/** A format that is read, or what else the bytes are in words, where that is known. */
export type Detection =
  | { readonly format: SourceFormat }
  | { readonly format?: undefined; readonly detected?: string };

/**
 * The format by its magic bytes; names and declared types play no part. Looks at the first
 * `limits.magicBytesMax` bytes only, so the answer is final once that many are given.
 */
export function detectFormat(head: Uint8Array): Detection {
  const start = latin1At(head, 0, limits.magicBytesMax);
  const signed = signedFiles.find(([signature]) => isSignedBy(start, signature));
  if (signed) return signed[1];
  if (start.startsWith("ftyp", 4)) return isoMediaFormat(start, viewOf(head).getUint32(0));
  return textFormat(start);
}

const named = (detected: string): Detection => ({ detected });

const isSignedBy = (start: string, { prefix, later = "", at = 0 }: Signature): boolean =>
  start.startsWith(prefix) && start.startsWith(later, at);

/** Files that are not read. Once a format is, its record counts and not this. */
const otherFiles: readonly (readonly [detected: string, signature: Signature])[] = [
  ["a JPEG-LS picture", { prefix: "\xff\xd8\xff\xf7" }],
  // The upper three bytes of the second header's length, which is at most 124.
  ["a BMP picture", { prefix: "BM", at: 15, later: "\0\0\0" }],
  ["a TIFF picture", { prefix: "II*\0" }],
  ["a TIFF picture", { prefix: "MM\0*" }],
  ["a BigTIFF picture", { prefix: "II+\0" }],
  ["a BigTIFF picture", { prefix: "MM\0+" }],
  ["a Windows icon", { prefix: "\0\0\x01\0" }],
  ["a Windows cursor", { prefix: "\0\0\x02\0" }],
  ["a JPEG XL picture", { prefix: "\xff\x0a" }],
  ["a JPEG XL picture", { prefix: "\0\0\0\x0cJXL \r\n\x87\n" }],
  ["a JPEG 2000 picture", { prefix: "\xff\x4f\xff\x51" }],
  ["a JPEG 2000 picture", { prefix: "\0\0\0\x0cjP  \r\n\x87\n" }],
  ["a JPEG XR picture", { prefix: "II\xbc" }],
  ["a Photoshop document", { prefix: "8BPS\0" }],
  ["a GIMP document", { prefix: "gimp xcf " }],
  ["an MNG animation", { prefix: "\x8aMNG\r\n\x1a\n" }],
  ["a JNG picture", { prefix: "\x8bJNG\r\n\x1a\n" }],
  ["an OpenEXR picture", { prefix: "\x76\x2f\x31\x01" }],
  ["a Radiance HDR picture", { prefix: "#?RADIANCE\n" }],
  ["a DirectDraw surface", { prefix: "DDS \x7c\0\0\0" }],
  ["a QOI picture", { prefix: "qoif" }],
  ["a BPG picture", { prefix: "BPG\xfb" }],
  ["a FLIF picture", { prefix: "FLIF" }],
  ["a Windows metafile", { prefix: "\xd7\xcd\xc6\x9a" }],
  ["a PDF document", { prefix: "%PDF-" }],
  ["a PostScript document", { prefix: "%!PS" }],
  ["a PostScript document", { prefix: "\xc5\xd0\xd3\xc6" }],
  ["a ZIP archive", { prefix: "PK\x03\x04" }],
  ["gzip-compressed data", { prefix: "\x1f\x8b\x08" }],
  ["an AVI video", { prefix: "RIFF", at: 8, later: "AVI " }],
  ["a Matroska or WebM video", { prefix: "\x1a\x45\xdf\xa3" }],
];

/** The longest prefix counts: JPEG-LS begins like a JPEG. */
const signedFiles = [
  ...sourceFormats.flatMap((format) =>
    formats[format].source.signatures.map((signature) => [signature, { format }] as const),
  ),
  ...otherFiles.map(([detected, signature]) => [signature, { detected }] as const),
].toSorted(([one], [other]) => other.prefix.length - one.prefix.length);

/**
 * ISO base media files say in their first box what they are (ISO/IEC 14496-12 §4.3): a major brand,
 * a version, then every brand they are compatible with. A format is read whenever it is among them.
 */
function isoMediaFormat(start: string, length: number): Detection {
  const brands = [start.slice(8, 12)];
  for (let offset = 16; offset + 4 <= Math.min(length, start.length); offset += 4) {
    brands.push(start.slice(offset, offset + 4));
  }
  const format = sourceFormats.find((name) =>
    brands.some((brand) => formats[name].source.brands.includes(brand)),
  );
  if (format) return { format };
  if (brands.some((brand) => heifBrands.has(brand))) {
    return named("a HEIF picture or sequence");
  }
  if (brands[0] === "crx ") return named("a Canon raw picture");
  return named("an MP4 or QuickTime video");
}

/** Brands of pictures and sequences, coded as HEVC or in an unspecified way (ISO/IEC 23008-12 §10, Annex B). */
const heifBrands = new Set(["mif1", "msf1", "hevc", "hevx", "hevm", "hevs"]);

/** Mark-up and text, in UTF-8 or either UTF-16, whose zero bytes are dropped. The group is their byte order marks. */
function textFormat(start: string): Detection {
  const text = start.replaceAll("\0", "").replace(/^(ï»¿|ÿþ|þÿ)*\s*/, "");
  if (/^<([^]*<)?svg[\s>]/i.test(text)) return named("an SVG drawing");
  if (/^<(!doctype html|html|head|body|script)\b/i.test(text)) return named("an HTML page");
  if (/^<(\?xml|!--|!doctype)/i.test(text)) return named("an XML document");
  if (/^\{\s*"|^\[\s*[{"\d]/.test(text)) return named("a JSON document");
  return {};
}
