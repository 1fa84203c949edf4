import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { flags, fourCc, uint24, uint32 } from "./riff.ts";

/** One picture as it is coded: a still file's, or that of a frame. */
export interface WebpBitstream {
  readonly width: number;
  readonly height: number;
  readonly lossless: boolean;
  /** Of the VP8 or VP8L chunk, with its padding. */
  readonly data: Uint8Array;
  /** Of the ALPH chunk of a lossy picture. */
  readonly alpha?: Uint8Array;
  /** False when every pixel is opaque, whatever a lossless bitstream says of its pixels. */
  readonly hasAlpha: boolean;
}

/** A WebP taken apart as far as one still picture needs (RFC 9649). */
export interface WebpStill {
  readonly canvas: WebpCanvas;
  readonly bitstream: WebpBitstream;
  /** False when every pixel of the canvas is opaque. */
  readonly hasAlpha: boolean;
  readonly icc?: Uint8Array;
}

/** What the picture is drawn on, and where on it; a still picture is all of it. */
export interface WebpCanvas {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

export interface WebpChunk {
  readonly type: string;
  /** Without padding. */
  readonly data: Uint8Array;
  /** With padding. */
  readonly padded: Uint8Array;
}

/**
 * Walks the whole container, so that a file that ends early is told apart from one that does not. Refuses
 * what libwebp's demuxer refuses, on which browsers build.
 */
export function readWebp(bytes: Uint8Array): Result<WebpStill, Refusal> {
  if (fourCc(bytes, 0) !== "RIFF" || fourCc(bytes, 8) !== "WEBP") {
    return err({ reason: "unsupported_format" });
  }
  const end = 8 + uint32(bytes, 4);
  if (end > bytes.length) return truncated("the file is shorter than it says");
  const body = bytes.subarray(12, end);
  return fourCc(body, 0) === "VP8X" ? readExtended(body) : readSimple(body);
}

/** One bitstream (§2.5, §2.6). What follows is not looked at, but has to be a chunk. */
function readSimple(body: Uint8Array): Result<WebpStill, Refusal> {
  const first = readChunk(body, 0);
  if (first === undefined) return truncated("inside a chunk");
  const after = 8 + first.padded.length;
  if (after < body.length && readChunk(body, after) === undefined) {
    return truncated("inside a chunk behind the picture");
  }
  const bitstream = readBitstream([first]);
  if (!bitstream.ok) return bitstream;
  const { width, height, hasAlpha } = bitstream.value;
  const canvas = { width, height, left: 0, top: 0 };
  return ok({ canvas, bitstream: bitstream.value, hasAlpha });
}

/** A canvas with its features, then the chunks that make them up (§2.7). */
function readExtended(body: Uint8Array): Result<WebpStill, Refusal> {
  const walked = readChunks(body);
  if (!walked.ok) return walked;
  const [first, ...chunks] = walked.value;
  if (first === undefined || first.data.length < 10) return corrupt("VP8X too short");
  const features = first.data[0] ?? 0;
  const size = { width: uint24(first.data, 4) + 1, height: uint24(first.data, 7) + 1 };
  if (size.width * size.height > limits.sourcePixelsMax) {
    return err({
      reason: "image_too_large",
      detail: "pixels of the canvas over the limit",
      ...size,
    });
  }
  const hasAlpha = (features & flags.alpha) !== 0;
  const still =
    (features & flags.animation) === 0
      ? readWhole(chunks, size, hasAlpha)
      : readFirstFrame(chunks, size, hasAlpha);
  if (!still.ok) return still;
  return ok({ ...still.value, ...((features & flags.icc) !== 0 && iccOf(chunks)) });
}

/** A still picture, which is as large as its canvas. */
function readWhole(
  chunks: readonly WebpChunk[],
  size: { readonly width: number; readonly height: number },
  hasAlpha: boolean,
): Result<WebpStill, Refusal> {
  const isImage = ({ type }: WebpChunk) => imageChunks.has(type);
  const start = chunks.findIndex(isImage);
  const image = chunks.slice(start, chunks.findLastIndex(isImage) + 1);
  if (chunks.some(({ type }) => type === "VP8X")) return corrupt("a second VP8X");
  const bitstream = readBitstream(image, hasAlpha);
  if (!bitstream.ok) return bitstream;
  if (image.length > (image[0]?.type === "ALPH" ? 2 : 1)) return corrupt("a second picture");
  const { width, height } = bitstream.value;
  if (width !== size.width || height !== size.height) {
    return corrupt("a picture of another size than its canvas");
  }
  return ok({ canvas: { ...size, left: 0, top: 0 }, bitstream: bitstream.value, hasAlpha });
}

/** All frames have to be intact, as in browsers; the first is returned. */
function readFirstFrame(
  chunks: readonly WebpChunk[],
  canvas: { readonly width: number; readonly height: number },
  hasAlpha: boolean,
): Result<WebpStill, Refusal> {
  const frames = chunks
    .filter(({ type }) => type === "ANMF")
    .map((chunk) => readFrame(chunk, canvas));
  const [first = corrupt("no frame")] = frames;
  const broken = frames.find(({ ok }) => !ok);
  if (broken && !broken.ok) return broken;
  if (!first.ok) return first;
  const { bitstream } = first.value;
  const covers = bitstream.width === canvas.width && bitstream.height === canvas.height;
  return ok({ ...first.value, hasAlpha: hasAlpha || bitstream.hasAlpha || !covers });
}

function readFrame(
  { data, padded }: WebpChunk,
  canvas: { readonly width: number; readonly height: number },
): Result<Pick<WebpStill, "canvas" | "bitstream">, Refusal> {
  if (data.length < 16) return corrupt("a frame without header");
  const inner = readChunks(padded.subarray(16));
  if (!inner.ok) return inner;
  const bitstream = readBitstream(inner.value);
  if (!bitstream.ok) return bitstream;
  // The size that counts is the picture's own, whatever the frame says, as in libwebp and so in browsers.
  const { width, height } = bitstream.value;
  if ((uint24(data, 6) + 1) * (uint24(data, 9) + 1) >= frameAreaMax)
    return corrupt("a frame's size");
  const [left, top] = [uint24(data, 0) * 2, uint24(data, 3) * 2];
  if (left + width > canvas.width || top + height > canvas.height) {
    return corrupt("a frame outside the canvas");
  }
  return ok({ canvas: { ...canvas, left, top }, bitstream: bitstream.value });
}

/** libwebp takes no frame that says it is this large. */
const frameAreaMax = 2 ** 32;

const imageChunks: ReadonlySet<string> = new Set(["ALPH", "VP8 ", "VP8L"]);

/**
 * The picture that chunks begin with: alpha, if any, then a bitstream. `hasAlpha` is what a header says of
 * it; by default it has alpha if there is any in it.
 */
export function readBitstream(
  chunks: readonly WebpChunk[],
  hasAlpha?: boolean,
): Result<WebpBitstream, Refusal> {
  const alpha = chunks[0]?.type === "ALPH" ? chunks[0].data : undefined;
  const image = chunks[alpha === undefined ? 0 : 1];
  const isLossless = image?.type === "VP8L";
  if (image === undefined || !(isLossless || image.type === "VP8 ")) return corrupt("no picture");
  const size = isLossless ? losslessSize(image.data) : lossySize(image.data);
  if (size === undefined) return corrupt(`${image.type} header`);
  const { padded: data } = image;
  if (isLossless) {
    const usesAlpha = ((image.data[4] ?? 0) & 0x10) !== 0;
    return ok({ ...size, lossless: true, data, hasAlpha: hasAlpha ?? usesAlpha });
  }
  const isShown = alpha !== undefined && (hasAlpha ?? true);
  return ok({ ...size, lossless: false, data, hasAlpha: isShown, ...(isShown && { alpha }) });
}

export function readChunks(body: Uint8Array): Result<readonly WebpChunk[], Refusal> {
  const chunks: WebpChunk[] = [];
  for (let at = 0; at < body.length;) {
    const chunk = readChunk(body, at);
    if (chunk === undefined) return truncated("inside a chunk");
    if (chunks.length === limits.sourceChunksMax) return corrupt("too many chunks");
    chunks.push(chunk);
    at += 8 + chunk.padded.length;
  }
  return ok(chunks);
}

/** Undefined where the chunk or its padding is not whole. */
function readChunk(body: Uint8Array, at: number): WebpChunk | undefined {
  if (at + 8 > body.length) return undefined;
  const start = at + 8;
  const length = uint32(body, at + 4);
  const end = start + length + (length & 1);
  if (end > body.length) return undefined;
  return {
    type: fourCc(body, at),
    data: body.subarray(start, start + length),
    padded: body.subarray(start, end),
  };
}

function iccOf(chunks: readonly WebpChunk[]): { readonly icc?: Uint8Array } {
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
