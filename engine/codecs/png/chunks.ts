import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { crc32 } from "../../../core/crc32.ts";

/** All that stands before the pixels of a PNG, checked (PNG 3rd edition, chapters 5 and 11). */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: PngColourType;
  readonly interlaced: boolean;
  /** Bytes of RGB triplets; empty unless the colour type is 3. */
  readonly palette: Uint8Array;
  /** tRNS as stored; absent where there is none. */
  readonly transparency?: Uint8Array;
  /** zlib stream of the ICC profile, as stored. */
  readonly compressedIcc?: Uint8Array;
  /** Where the first IDAT chunk begins. */
  readonly dataAt: number;
}

/** Grey, RGB, palette, grey with alpha, RGB with alpha. */
export type PngColourType = 0 | 2 | 3 | 4 | 6;

export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** Offset of the chunk behind this one. */
  readonly next: number;
}

export const PNG_SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

/** Depths each colour type allows (PNG 11.2.1). */
const BIT_DEPTHS: Readonly<Record<PngColourType, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * Reads up to the first IDAT. Text and unknown ancillary chunks are stepped over unread, so that any
 * number of them costs next to nothing and nothing in them is inflated. An ancillary chunk that is damaged
 * or out of place is ignored, as libpng and so the browsers do; a critical one is refused.
 */
export function readPngHeader(bytes: Uint8Array): Result<PngHeader, Refusal> {
  if (!PNG_SIGNATURE.every((byte, i) => bytes[i] === byte))
    return err({ reason: "unsupported_format" });
  const first = readChunk(bytes, PNG_SIGNATURE.length);
  if (!first.ok) return first;
  const header = readIhdr(first.value);
  if (!header.ok) return header;
  if (!isIntact(bytes, PNG_SIGNATURE.length, first.value)) return corrupt("CRC of IHDR");

  let palette: Uint8Array = new Uint8Array(0);
  let transparency: Uint8Array | undefined;
  let compressedIcc: Uint8Array | undefined;
  let at = first.value.next;
  for (;;) {
    const chunk = readChunk(bytes, at);
    if (!chunk.ok) return chunk;
    const { type, data } = chunk.value;
    if (type === "IDAT") break;
    const intact = isUsed(type) && isIntact(bytes, at, chunk.value);
    if (type === "PLTE" && header.value.colourType === 3) {
      const problem = intact ? paletteProblem(data, palette) : "CRC of PLTE";
      if (problem !== undefined) return corrupt(problem);
      palette = data;
    } else if (type === "tRNS") transparency = intact ? data : transparency;
    else if (type === "iCCP") compressedIcc = (intact && iccStream(data)) || compressedIcc;
    else if (type === "IEND") return corrupt("IEND before any IDAT");
    else if (type !== "PLTE" && isCritical(type)) {
      return corrupt(`unknown critical chunk ${printable(type)}`);
    }
    at = chunk.value.next;
  }
  if (header.value.colourType === 3 && palette.length === 0) return corrupt("palette missing");
  if (!suits(transparency, header.value.colourType, palette)) transparency = undefined;
  return ok({
    ...header.value,
    palette,
    ...(transparency && { transparency }),
    ...(compressedIcc && { compressedIcc }),
    dataAt: at,
  });
}

/** The chunk at `at`, its CRC not yet checked. */
export function readChunk(bytes: Uint8Array, at: number): Result<PngChunk, Refusal> {
  if (at + 12 > bytes.length) return truncated("between chunks");
  const length = uint32(bytes, at);
  if (length > 0x7fff_ffff) return corrupt("chunk length over 2^31");
  const dataAt = at + 8;
  if (dataAt + length + 4 > bytes.length) return truncated("inside a chunk");
  return ok({
    type: String.fromCharCode(...bytes.subarray(at + 4, dataAt)),
    data: bytes.subarray(dataAt, dataAt + length),
    next: dataAt + length + 4,
  });
}

/** A chunk with its length and its CRC. */
export function makeChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  chunk.set(
    Uint8Array.from(type, (character) => character.charCodeAt(0)),
    4,
  );
  chunk.set(data, 8);
  view.setUint32(8 + data.length, crc32(chunk.subarray(4, 8 + data.length)));
  return chunk;
}

/** The CRC stored behind a chunk's data. */
export function storedCrc(bytes: Uint8Array, chunk: PngChunk): number {
  return uint32(bytes, chunk.next - 4);
}

function isCritical(type: string): boolean {
  return (type.charCodeAt(0) & 0x20) === 0;
}

/** The CRC covers type and data. */
export function isIntact(bytes: Uint8Array, at: number, chunk: PngChunk): boolean {
  return crc32(bytes.subarray(at + 4, chunk.next - 4)) === storedCrc(bytes, chunk);
}

export const corrupt = (detail: string) => err({ reason: "corrupt_image", detail } as const);
export const truncated = (detail: string) => err({ reason: "truncated_image", detail } as const);

function readIhdr({
  type,
  data,
}: PngChunk): Result<Omit<PngHeader, "palette" | "dataAt">, Refusal> {
  if (type !== "IHDR" || data.length !== 13) return corrupt("IHDR missing");
  const width = uint32(data, 0);
  const height = uint32(data, 4);
  const [bitDepth = 0, colourType = 0, compression, filter, interlace = 0] = data.subarray(8);
  if (width === 0 || height === 0) return corrupt("a side of 0");
  if (!isColourType(colourType) || !BIT_DEPTHS[colourType].includes(bitDepth)) {
    return corrupt(`colour type ${colourType} of ${bitDepth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) return corrupt("unknown method in IHDR");
  if (
    width > limits.sourceSideMax ||
    height > limits.sourceSideMax ||
    width * height > limits.sourcePixelsMax
  ) {
    return err({
      reason: "image_too_large",
      detail: "sides or pixels over the limit",
      width,
      height,
    });
  }
  return ok({ width, height, bitDepth, colourType, interlaced: interlace === 1 });
}

function isColourType(value: number): value is PngColourType {
  return value in BIT_DEPTHS;
}

function paletteProblem(data: Uint8Array, earlier: Uint8Array): string | undefined {
  if (earlier.length > 0) return "two palettes";
  if (data.length === 0 || data.length % 3 !== 0 || data.length > 768) return "palette length";
  return undefined;
}

/** Whether tRNS is as long as the colour type wants it (PNG 11.3.1.1). */
function suits(
  transparency: Uint8Array | undefined,
  colourType: PngColourType,
  palette: Uint8Array,
): boolean {
  if (colourType === 3) return (transparency?.length ?? 0) <= palette.length / 3;
  return transparency?.length === { 0: 2, 2: 6, 4: 0, 6: 0 }[colourType];
}

/** iCCP: a name of 1–79 bytes, a zero, the method (0), the stream. Anything else is no profile. */
function iccStream(data: Uint8Array): Uint8Array | undefined {
  const nameEnd = data.subarray(0, 80).indexOf(0);
  if (nameEnd < 1 || data[nameEnd + 1] !== 0) return undefined;
  const stream = data.subarray(nameEnd + 2);
  return stream.length > limits.metadataBytesMax ? undefined : stream;
}

/** Chunks whose content changes what is decoded; no other CRC is checked. */
function isUsed(type: string): boolean {
  return type === "PLTE" || type === "tRNS" || type === "iCCP";
}

function printable(type: string): string {
  return JSON.stringify(type);
}

function uint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
