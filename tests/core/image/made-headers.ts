import { crc32 } from "node:zlib";

/** Headers put together byte by byte, for what no encoder writes. */

type Part = number | string | Uint8Array;

/** Numbers are single bytes, strings ISO 8859-1. */
export const bytes = (...parts: readonly Part[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map(encoded)));

const encoded = (part: Part): Uint8Array => {
  if (typeof part === "number") return Uint8Array.of(part);
  return typeof part === "string" ? Buffer.from(part, "latin1") : part;
};

export const repeated = (part: Uint8Array, times: number): Uint8Array =>
  new Uint8Array(Buffer.alloc(part.length * times, part));

type ByteOrder = "big" | "little";

function integer(value: number, length: 2 | 3 | 4, order: ByteOrder): Uint8Array {
  const buffer = Buffer.alloc(length);
  if (order === "big") buffer.writeUIntBE(value, 0, length);
  else buffer.writeUIntLE(value, 0, length);
  return buffer;
}

export const u16 = (value: number, order: ByteOrder = "big") => integer(value, 2, order);
const u24 = (value: number, order: ByteOrder = "big") => integer(value, 3, order);
export const u32 = (value: number, order: ByteOrder = "big") => integer(value, 4, order);

// ── EXIF ────────────────────────────────────────────────────────────────────────────────────────

interface ExifEntry {
  readonly value: number;
  readonly order?: ByteOrder;
  readonly type?: number;
  readonly count?: number;
}

/** A TIFF block whose only directory holds one orientation entry. */
export function exifBlock({ value, order = "little", type = 3, count = 1 }: ExifEntry): Uint8Array {
  const inline = type === 4 ? u32(value, order) : bytes(u16(value, order), u16(0));
  const header = bytes(order === "little" ? "II" : "MM", u16(42, order), u32(8, order));
  const entry = bytes(u16(0x0112, order), u16(type, order), u32(count, order), inline);
  return bytes(header, u16(1, order), entry, u32(0));
}

// ── JPEG ────────────────────────────────────────────────────────────────────────────────────────

export const segment = (marker: number, payload: Uint8Array): Uint8Array =>
  bytes(0xff, marker, u16(payload.length + 2), payload);

interface FrameOptions {
  readonly marker?: number;
  readonly width?: number;
  readonly height?: number;
  readonly precision?: number;
  readonly sampling?: readonly number[];
}

export function frameHeader(options: FrameOptions = {}): Uint8Array {
  const { marker = 0xc0, width = 24, height = 16, precision = 8 } = options;
  const sampling = options.sampling ?? [0x22, 0x11, 0x11];
  const components = sampling.flatMap((factors, index) => [index + 1, factors, 0]);
  return segment(marker, bytes(precision, u16(height), u16(width), sampling.length, ...components));
}

export const scanHeader = (components = 3): Uint8Array =>
  segment(0xda, bytes(components, new Uint8Array(2 * components), 0, 63, 0));

export const jpeg = (...segments: readonly Uint8Array[]): Uint8Array =>
  bytes(0xff, 0xd8, ...segments);

export const exifSegment = (entry: ExifEntry): Uint8Array =>
  segment(0xe1, bytes("Exif\0\0", exifBlock(entry)));

// ── PNG ─────────────────────────────────────────────────────────────────────────────────────────

export const pngChunk = (type: string, data: Uint8Array = bytes()): Uint8Array =>
  bytes(u32(data.length), type, data, u32(crc32(bytes(type, data))));

interface HeaderOptions {
  readonly width?: number;
  readonly height?: number;
  readonly bitDepth?: number;
  readonly colourType?: number;
  readonly methods?: readonly [compression: number, filter: number, interlace: number];
}

export function pngHeader(options: HeaderOptions = {}): Uint8Array {
  const { width = 24, height = 16, bitDepth = 8, colourType = 2, methods = [0, 0, 0] } = options;
  return pngChunk("IHDR", bytes(u32(width), u32(height), bitDepth, colourType, ...methods));
}

export const png = (...chunks: readonly Uint8Array[]): Uint8Array =>
  bytes("\x89PNG\r\n\x1a\n", ...chunks);

// ── GIF ─────────────────────────────────────────────────────────────────────────────────────────

export const gif = (width: number, height: number, ...blocks: readonly Uint8Array[]): Uint8Array =>
  bytes("GIF89a", u16(width, "little"), u16(height, "little"), 0, 0, 0, ...blocks);

export const gifTrailer = bytes(0x3b);

type Rectangle = readonly [left: number, top: number, width: number, height: number];

export const gifInterlaced = 0x40;

export function gifPicture(rectangle: Rectangle, flags = 0): Uint8Array {
  const numbers = rectangle.map((value) => u16(value, "little"));
  return bytes(0x2c, ...numbers, flags, 2, 2, 0x4c, 0x01, 0);
}

export const gifControl = (isTransparent: boolean): Uint8Array =>
  bytes(0x21, 0xf9, 4, isTransparent ? 1 : 0, 0, 0, 0, 0);

// ── WebP ────────────────────────────────────────────────────────────────────────────────────────

export const webpChunk = (type: string, data: Uint8Array): Uint8Array =>
  bytes(type, u32(data.length, "little"), data, ...(data.length % 2 ? [0] : []));

export function webp(...chunks: readonly Uint8Array[]): Uint8Array {
  const body = bytes("WEBP", ...chunks);
  return bytes("RIFF", u32(body.length, "little"), body);
}

/** What a `VP8X` chunk says of a file (RFC 9649 §2.7.1). */
export const webpFlags = { animation: 0x02, alpha: 0x10, icc: 0x20 } as const;

/** A chunk with other bytes from `at` of its data on. */
export function webpChanged(chunk: Uint8Array, at: number, ...values: readonly number[]) {
  const copy = chunk.slice();
  copy.set(values, 8 + at);
  return copy;
}

export const webpCanvas = (flags: number, width: number, height: number): Uint8Array =>
  webpChunk("VP8X", bytes(flags, 0, 0, 0, u24(width - 1, "little"), u24(height - 1, "little")));

export const webpLossy = (width: number, height: number): Uint8Array =>
  webpChunk("VP8 ", bytes(0x10, 0, 0, 0x9d, 1, 0x2a, u16(width, "little"), u16(height, "little")));

export const webpLossless = (width: number, height: number, version = 0): Uint8Array =>
  webpChunk(
    "VP8L",
    bytes(0x2f, u32(width - 1 + (height - 1) * 2 ** 14 + version * 2 ** 29, "little"), 0),
  );

interface FrameRectangle {
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

/** The rectangle that an animation's frame claims; the picture inside may differ. */
export function webpFrame(rectangle: FrameRectangle, picture: Uint8Array): Uint8Array {
  const { left = 0, top = 0, width = 24, height = 16 } = rectangle;
  const numbers = [left / 2, top / 2, width - 1, height - 1, 100];
  return webpChunk("ANMF", bytes(...numbers.map((value) => u24(value, "little")), 0, picture));
}

// ── AVIF ────────────────────────────────────────────────────────────────────────────────────────

export const box = (type: string, ...payload: readonly Part[]): Uint8Array => {
  const content = bytes(...payload);
  return bytes(u32(content.length + 8), type, content);
};

export const ispe = (width: number, height: number) => box("ispe", u32(0), u32(width), u32(height));
/** 8 bits a sample, in colour. */
export const av1C = box("av1C", 0x81, 0, 0, 0);

export const ftyp = (...brands: readonly string[]) => {
  const [major = "avif", ...compatible] = brands;
  return box("ftyp", major, u32(0), ...compatible);
};

/** A file whose item 1 is the primary one, of type `item`, and has all the properties given. */
export function avif(
  properties: readonly Uint8Array[],
  {
    handler = "pict",
    item = "av01",
    entries = 1,
    associations = 1,
    version = 0,
    handlerVersion = 0,
  } = {},
): Uint8Array {
  const indexes = properties.map((_, index) => 0x80 | (index + 1));
  const ipma = box("ipma", u32(0), u32(associations), u16(1), indexes.length, ...indexes);
  const infe = box("infe", 2, 0, 0, 0, u16(1), u16(0), item, 0);
  const described = [
    box("hdlr", handlerVersion, 0, 0, 0, u32(0), handler, new Uint8Array(13)),
    box("pitm", u32(0), u16(1)),
    box("iinf", u32(0), u16(entries), infe),
    box("iprp", box("ipco", ...properties), ipma),
  ];
  return bytes(ftyp("avif", "mif1"), box("meta", version, 0, 0, 0, ...described));
}
