import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";

/** A WebP taken apart as far as one still picture needs (RFC 9649). */
export interface WebpStill {
  /** Of the canvas the picture is drawn on. */
  readonly width: number;
  readonly height: number;
  /** Where the frame lies on that canvas, and its size; a still picture is all of it. */
  readonly frame: WebpFrame;
  readonly hasAlpha: boolean;
  readonly icc?: Uint8Array;
  /** The frame as a WebP file of its own, which a decoder of still pictures reads. */
  readonly file: Uint8Array;
  readonly lossless: boolean;
}

export interface WebpFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Chunk {
  readonly type: string;
  /** With its eight bytes of header, without padding. */
  readonly whole: Uint8Array;
  readonly data: Uint8Array;
}

const ALPHA_FLAG = 0x10;
const ANIMATION_FLAG = 0x02;
const ICC_FLAG = 0x20;

/** Walks the whole container, so that a file that ends early is told apart from one that does not. */
export function readWebp(bytes: Uint8Array): Result<WebpStill, Refusal> {
  if (fourCc(bytes, 0) !== "RIFF" || fourCc(bytes, 8) !== "WEBP") {
    return err({ reason: "unsupported_format" });
  }
  const end = 8 + uint32(bytes, 4);
  if (end > bytes.length) return truncated("the file is shorter than it says");
  const walked = readChunks(bytes.subarray(12, end));
  if (!walked.ok) return walked;
  const chunks = walked.value;
  const [first] = chunks;
  if (first === undefined) return corrupt("no chunks");
  if (first.type !== "VP8X") return readPicture(chunks, bytes);
  if (first.data.length < 10) return corrupt("VP8X too short");
  const flags = first.data[0] ?? 0;
  const icc = flags & ICC_FLAG ? iccOf(chunks) : {};
  const canvas = { width: uint24(first.data, 4) + 1, height: uint24(first.data, 7) + 1 };
  if (canvas.width * canvas.height > limits.sourcePixelsMax) {
    return err({
      reason: "image_too_large",
      detail: "pixels of the canvas over the limit",
      ...canvas,
    });
  }
  const still =
    flags & ANIMATION_FLAG ? readFirstFrame(chunks, canvas) : readPicture(chunks, bytes);
  if (!still.ok) return still;
  const { frame } = still.value;
  if (frame.left + frame.width > canvas.width || frame.top + frame.height > canvas.height) {
    return corrupt("a frame outside the canvas");
  }
  const hasAlpha = still.value.hasAlpha || (flags & ALPHA_FLAG) !== 0;
  return ok({ ...still.value, ...canvas, ...icc, hasAlpha });
}

export function readChunks(body: Uint8Array): Result<readonly Chunk[], Refusal> {
  const chunks: Chunk[] = [];
  for (let at = 0; at + 8 <= body.length;) {
    const length = uint32(body, at + 4);
    if (at + 8 + length > body.length) return truncated("inside a chunk");
    if (chunks.length === limits.sourceChunksMax) return corrupt("too many chunks");
    chunks.push({
      type: fourCc(body, at),
      whole: body.subarray(at, at + 8 + length),
      data: body.subarray(at + 8, at + 8 + length),
    });
    at += 8 + length + (length & 1);
  }
  return ok(chunks);
}

/** The one bitstream of a still file or of a frame; `file` where the chunks already are one. */
function readPicture(chunks: readonly Chunk[], file?: Uint8Array): Result<WebpStill, Refusal> {
  const bitstream = chunks.find(({ type }) => type === "VP8 " || type === "VP8L");
  if (bitstream === undefined) return corrupt("no picture");
  const lossless = bitstream.type === "VP8L";
  const alpha = lossless ? undefined : chunks.find(({ type }) => type === "ALPH");
  const size = lossless ? losslessSize(bitstream.data) : lossySize(bitstream.data);
  if (size === undefined) return corrupt(`${bitstream.type} header`);
  return ok({
    ...size,
    frame: { left: 0, top: 0, ...size },
    hasAlpha: lossless ? ((bitstream.data[4] ?? 0) & 0x10) !== 0 : alpha !== undefined,
    file: file ?? stillFile(size, bitstream, alpha),
    lossless,
  });
}

function readFirstFrame(
  chunks: readonly Chunk[],
  canvas: { readonly width: number; readonly height: number },
): Result<WebpStill, Refusal> {
  const animated = chunks.find(({ type }) => type === "ANMF");
  if (animated === undefined || animated.data.length < 16) return corrupt("no frame");
  const { data } = animated;
  const inner = readChunks(data.subarray(16));
  if (!inner.ok) return inner;
  const picture = readPicture(inner.value);
  if (!picture.ok) return picture;
  const { width, height } = picture.value;
  if (uint24(data, 6) + 1 !== width || uint24(data, 9) + 1 !== height) {
    return corrupt("a frame of another size than its picture");
  }
  const frame = { left: uint24(data, 0) * 2, top: uint24(data, 3) * 2, width, height };
  const covers = width === canvas.width && height === canvas.height;
  return ok({ ...picture.value, frame, hasAlpha: picture.value.hasAlpha || !covers });
}

/** A lossy picture with an alpha plane needs the extended header; all others stand alone. */
function stillFile(
  size: { readonly width: number; readonly height: number },
  bitstream: Chunk,
  alpha: Chunk | undefined,
): Uint8Array {
  const parts = alpha === undefined ? [] : [extendedHeader(size, ALPHA_FLAG), alpha.whole];
  return riff([...parts, bitstream.whole]);
}

/** A RIFF file of whole chunks, each padded to an even length. */
export function riff(chunks: readonly Uint8Array[]): Uint8Array {
  const padded = chunks.map(({ length }) => length + (length & 1));
  const length = 12 + padded.reduce((sum, size) => sum + size, 0);
  const file = new Uint8Array(length);
  file.set(tag("RIFF"));
  new DataView(file.buffer).setUint32(4, length - 8, true);
  file.set(tag("WEBP"), 8);
  let at = 12;
  chunks.forEach((chunk, index) => {
    file.set(chunk, at);
    at += padded[index] ?? 0;
  });
  return file;
}

/** A chunk with its header. */
export function riffChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(8 + data.length);
  chunk.set(tag(type));
  new DataView(chunk.buffer).setUint32(4, data.length, true);
  chunk.set(data, 8);
  return chunk;
}

function extendedHeader(
  { width, height }: { readonly width: number; readonly height: number },
  flags: number,
): Uint8Array {
  const data = new Uint8Array(10);
  const view = new DataView(data.buffer);
  view.setUint32(0, flags, true);
  view.setUint32(4, width - 1, true);
  view.setUint32(6, ((width - 1) >>> 16) | ((height - 1) << 8), true);
  return riffChunk("VP8X", data);
}

/** The same picture with a colour profile in its container. */
export function withIcc(file: Uint8Array, icc: Uint8Array): Uint8Array {
  const read = readWebp(file);
  if (!read.ok) throw new Error("an encoder's own output is not a WebP");
  const { width, height, hasAlpha } = read.value;
  const isExtended = fourCc(file, 12) === "VP8X";
  const rest = file.subarray(isExtended ? 30 : 12);
  return riff([
    extendedHeader({ width, height }, ICC_FLAG | (hasAlpha ? ALPHA_FLAG : 0)),
    riffChunk("ICCP", icc),
    rest,
  ]);
}

function iccOf(chunks: readonly Chunk[]): { readonly icc?: Uint8Array } {
  const profile = chunks.find(({ type }) => type === "ICCP")?.data;
  if (profile === undefined || profile.length > limits.metadataBytesMax) return {};
  return { icc: profile.slice() };
}

/** RFC 6386, 9.1: a key frame's start code, then 14 bits for each side. */
function lossySize(data: Uint8Array): { width: number; height: number } | undefined {
  const isKeyFrame = data.length >= 10 && ((data[0] ?? 1) & 1) === 0;
  if (!isKeyFrame || data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a) return undefined;
  const size = { width: uint24(data, 6) & 0x3fff, height: uint24(data, 8) & 0x3fff };
  return size.width > 0 && size.height > 0 ? size : undefined;
}

/** RFC 9649, 3.4: a signature, then 14 bits for each side less one. */
function losslessSize(data: Uint8Array): { width: number; height: number } | undefined {
  if (data.length < 5 || data[0] !== 0x2f) return undefined;
  const packed = uint32(data, 1);
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
}

const corrupt = (detail: string) => err({ reason: "corrupt_image", detail } as const);
const truncated = (detail: string) => err({ reason: "truncated_image", detail } as const);

function tag(type: string): Uint8Array {
  return Uint8Array.from(type, (character) => character.charCodeAt(0));
}

function fourCc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (uint24(bytes, at) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
