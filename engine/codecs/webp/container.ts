import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import {
  corrupt,
  readExtendedChunks,
  takePicture,
  truncated,
  type ExtendedChunks,
  type FrameChunks,
  type PictureChunks,
  type WebpChunk,
} from "./demux.ts";
import { flags, fourCc, uint24, uint32 } from "./riff.ts";

/** One picture as it is coded: a still file's, or that of a frame. */
export interface WebpBitstream {
  readonly width: number;
  readonly height: number;
  readonly lossless: boolean;
  /** Data of the VP8 or VP8L chunk, with its padding. */
  readonly data: Uint8Array;
  /** Data of the ALPH chunk of a lossy picture. */
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

/**
 * Walks the whole container, so that a file that ends early is recognised. Refuses
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

/** One bitstream (§2.5, §2.6), first of all. What follows is not looked at, but has to begin with a chunk. */
function readSimple(body: Uint8Array): Result<WebpStill, Refusal> {
  const type = fourCc(body, 0);
  if (type !== "VP8 " && type !== "VP8L")
    return corrupt("neither a canvas nor a picture at its start");
  const picture = takePicture(body, 0);
  if (!picture.ok) return picture;
  const { image } = picture.value;
  const bitstream = readBitstream({ ...(image && { image }) });
  if (!bitstream.ok) return bitstream;
  const { width, height, hasAlpha } = bitstream.value;
  const canvas = { width, height, left: 0, top: 0 };
  return ok({ canvas, bitstream: bitstream.value, hasAlpha });
}

/** A canvas with its features, then the chunks that make them up (§2.7). */
function readExtended(body: Uint8Array): Result<WebpStill, Refusal> {
  const read = readExtendedChunks(body);
  if (!read.ok) return read;
  const { features, canvas: size, others } = read.value;
  if (size.width * size.height > limits.sourcePixelsMax) {
    return err({
      reason: "image_too_large",
      detail: "pixels of the canvas over the limit",
      ...size,
    });
  }
  const isAnimated = (features & flags.animation) !== 0;
  const still = isAnimated ? readFirstFrame(read.value) : readWhole(read.value);
  if (!still.ok) return still;
  return ok({ ...still.value, ...((features & flags.icc) !== 0 && iccOf(others)) });
}

/** A still picture, which is as large as its canvas. */
function readWhole({ features, canvas, still }: ExtendedChunks): Result<WebpStill, Refusal> {
  const hasAlpha = (features & flags.alpha) !== 0;
  if (!still) return corrupt("no picture");
  const bitstream = readBitstream(still, hasAlpha);
  if (!bitstream.ok) return bitstream;
  const { width, height } = bitstream.value;
  if (width !== canvas.width || height !== canvas.height) {
    return corrupt("a picture of another size than its canvas");
  }
  return ok({ canvas: { ...canvas, left: 0, top: 0 }, bitstream: bitstream.value, hasAlpha });
}

/** All frames have to be intact, as in browsers; the first is returned. */
function readFirstFrame(file: ExtendedChunks): Result<WebpStill, Refusal> {
  const frames = file.frames.map((chunks) => readFrame(chunks, file.canvas));
  const [first = corrupt("no frame")] = frames;
  const broken = frames.find(({ ok }) => !ok);
  if (broken && !broken.ok) return broken;
  if (!first.ok) return first;
  const { bitstream, canvas } = first.value;
  const covers = bitstream.width === canvas.width && bitstream.height === canvas.height;
  const hasAlpha = (file.features & flags.alpha) !== 0 || bitstream.hasAlpha || !covers;
  return ok({ ...first.value, hasAlpha });
}

function readFrame(
  chunks: FrameChunks,
  canvas: { readonly width: number; readonly height: number },
): Result<Pick<WebpStill, "canvas" | "bitstream">, Refusal> {
  const bitstream = readBitstream(chunks);
  if (!bitstream.ok) return bitstream;
  // The size that counts is the picture's own, whatever the frame says, as in libwebp and so in browsers.
  const { width, height } = bitstream.value;
  const [left, top] = [uint24(chunks.header, 0) * 2, uint24(chunks.header, 3) * 2];
  if (left + width > canvas.width || top + height > canvas.height) {
    return corrupt("a frame outside the canvas");
  }
  return ok({ canvas: { ...canvas, left, top }, bitstream: bitstream.value });
}

/**
 * A picture by its chunks. `hasAlpha` is what a header says of it; by default it has alpha if there is any in it.
 */
export function readBitstream(
  { alpha, image, isLate }: PictureChunks,
  hasAlpha?: boolean,
): Result<WebpBitstream, Refusal> {
  if (image === undefined) return corrupt("no picture");
  const isLossless = image.type === "VP8L";
  const size = isLossless ? losslessSize(image.data) : lossySize(image.data);
  if (size === undefined) return corrupt(`${image.type} header`);
  const { padded: data } = image;
  if (isLossless) {
    const usesAlpha = ((image.data[4] ?? 0) & 0x10) !== 0;
    return ok({ ...size, lossless: true, data, hasAlpha: hasAlpha ?? usesAlpha });
  }
  const isShown = alpha !== undefined && (hasAlpha ?? true);
  if (isShown && isLate) return corrupt("alpha behind its picture");
  const shown = isShown && { alpha: alpha.data };
  return ok({ ...size, lossless: false, data, hasAlpha: isShown, ...shown });
}

function iccOf(chunks: readonly WebpChunk[]): { readonly icc?: Uint8Array } {
  const profile = chunks.find(({ type }) => type === "ICCP")?.data;
  if (profile === undefined || profile.length > limits.metadataBytesMax) return {};
  return { icc: profile.slice() };
}

/**
 * RFC 6386, 9.1: of a key frame that is shown, in a known profile, whose first part is not all of it; then a start
 * code and 14 bits for each side.
 */
function lossySize(data: Uint8Array): { width: number; height: number } | undefined {
  const tag = uint24(data, 0);
  const [isInterFrame, profile, isShown] = [(tag & 1) === 1, (tag >> 1) & 7, (tag & 0x10) !== 0];
  if (data.length < 10 || isInterFrame || profile > 3 || !isShown) return undefined;
  if (tag >> 5 >= data.length) return undefined;
  if (data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a) return undefined;
  const size = { width: uint24(data, 6) & 0x3fff, height: uint24(data, 8) & 0x3fff };
  return size.width > 0 && size.height > 0 ? size : undefined;
}

/** RFC 9649, 3.4: a signature, 14 bits for each side less one, alpha, and three bits of a version that is 0. */
function losslessSize(data: Uint8Array): { width: number; height: number } | undefined {
  if (data.length < 5 || data[0] !== 0x2f || (data[4] ?? 0) >> 5 !== 0) return undefined;
  const packed = uint32(data, 1);
  return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
}
