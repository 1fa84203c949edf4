import { limits } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import { latin1At, viewOf } from "../bytes.ts";
import { exifOrientation } from "../exif/orientation.ts";
import type { Orientation } from "../header.ts";
import { corrupt, image, more, refuseSize, type HeaderAnswer } from "../probe-answer.ts";

/**
 * Reads the RIFF container (RFC 9649) in `front` up to the first bitstream's own header. EXIF and
 * further frames stand behind the pixels and count as far as `head` reaches.
 */
export function probeWebp(front: Uint8Array, head: Uint8Array): HeaderAnswer {
  if (front.length < firstChunkStart + chunkHeaderBytes) return more;
  const container = { start: firstChunkStart, end: 8 + viewOf(front).getUint32(4, true) };
  const isExtended = latin1At(front, firstChunkStart, 4) === "VP8X";
  return isExtended ? probeExtended(front, head, container) : probeSimple(front, container);
}

/** One bitstream and nothing else (§2.5, §2.6). */
function probeSimple(front: Uint8Array, container: Region): HeaderAnswer {
  const picture = findBitstream(front, container);
  if (!picture.ok) return picture.error;
  return image({ ...fixed, ...picture.value, orientation: 1, frames: 1, hasIcc: false });
}

/** A canvas with its features, then the chunks that make them up (§2.7). */
function probeExtended(front: Uint8Array, head: Uint8Array, container: Region): HeaderAnswer {
  if (front.length < canvasEnd) return more;
  const flags = viewOf(front).getUint8(20);
  const canvas = { width: uint24At(front, 24) + 1, height: uint24At(front, 27) + 1 };
  const refusal = refuseSize(canvas.width, canvas.height);
  if (refusal) return refusal;

  const isAnimated = (flags & animationFlag) !== 0;
  const picture = isAnimated
    ? findFirstFrame(front, container, canvas)
    : findBitstream(front, container);
  if (!picture.ok) return picture.error;
  if (!isAnimated && !isSameSize(picture.value, canvas)) {
    return corrupt("The WebP's canvas and its picture differ in size");
  }
  const { orientation, frames } = readChunks(head, container);
  return image({
    ...fixed,
    ...canvas,
    orientation,
    // The flag decides for a still picture; a frame may leave some of its canvas clear.
    hasAlpha: (flags & alphaFlag) !== 0 || (isAnimated && isSeenThrough(picture.value, canvas)),
    lossless: picture.value.lossless,
    frames: isAnimated ? frames : 1,
    hasIcc: (flags & iccFlag) !== 0,
  });
}

const isSeenThrough = (frame: Bitstream, canvas: Size) =>
  frame.hasAlpha || !isSameSize(frame, canvas);

interface Size {
  readonly width: number;
  readonly height: number;
}
interface Region {
  readonly start: number;
  readonly end: number;
}
interface Chunk extends Region {
  readonly type: string;
}
type Bitstream = Size & { readonly hasAlpha: boolean; readonly lossless: boolean };

/** What every WebP picture has in common. */
const fixed = {
  bitDepth: 8,
  progressive: false,
  colour: "rgb",
  samplesPerPixel: 0,
} as const;

const firstChunkStart = 12;
const chunkHeaderBytes = 8;
const canvasEnd = firstChunkStart + chunkHeaderBytes + 10;
const frameHeaderBytes = 16;
const animationFlag = 0x02;
const alphaFlag = 0x10;
const iccFlag = 0x20;

/**
 * The chunks whose headers lie inside `region` and inside the bytes given; `end` may lie beyond both.
 * Stops after as many as an animation may have frames, so that no file is all chunk headers.
 */
function* chunksOf(bytes: Uint8Array, region: Region): Generator<Chunk> {
  const view = viewOf(bytes);
  const last = Math.min(region.end, bytes.length) - chunkHeaderBytes;
  let offset = region.start;
  for (let walked = 0; walked < limits.sourceFramesMax && offset <= last; walked++) {
    const start = offset + chunkHeaderBytes;
    const length = view.getUint32(offset + 4, true);
    yield { type: latin1At(bytes, offset, 4), start, end: start + length };
    offset = start + length + (length & 1);
  }
}

function findBitstream(head: Uint8Array, region: Region): Result<Bitstream, HeaderAnswer> {
  let hasAlphaChunk = false;
  for (const chunk of chunksOf(head, region)) {
    if (chunk.type === "VP8 ") return readLossy(head, chunk.start, hasAlphaChunk);
    if (chunk.type === "VP8L") return readLossless(head, chunk.start);
    if (chunk.type === "ALPH") hasAlphaChunk = true;
  }
  return err(region.end > head.length ? more : corrupt("The WebP holds no picture"));
}

const isPictureAt = (head: Uint8Array, at: number) =>
  ["ALPH", "VP8 ", "VP8L"].includes(latin1At(head, at, 4));

function findFirstFrame(
  head: Uint8Array,
  container: Region,
  canvas: Size,
): Result<Bitstream, HeaderAnswer> {
  for (const chunk of chunksOf(head, container)) {
    if (chunk.type !== "ANMF") continue;
    const inside = { start: chunk.start + frameHeaderBytes, end: chunk.end };
    if (inside.start + chunkHeaderBytes > head.length) return err(more);
    const left = 2 * uint24At(head, chunk.start);
    const top = 2 * uint24At(head, chunk.start + 3);
    // A frame that does not begin with a picture does not count, as in libwebp.
    if (!isPictureAt(head, inside.start)) continue;
    const picture = findBitstream(head, inside);
    if (!picture.ok) return picture;
    // The size that counts is the picture's own, whatever the frame says.
    const { width, height } = picture.value;
    return left + width > canvas.width || top + height > canvas.height
      ? err(corrupt("The WebP's first frame lies outside its canvas"))
      : picture;
  }
  return err(container.end > head.length ? more : corrupt("The animated WebP holds no frame"));
}

/** Key frame header of VP8, RFC 6386 §9.1: a frame tag, a start code, then 14 bits for each side. */
function readLossy(
  head: Uint8Array,
  start: number,
  hasAlpha: boolean,
): Result<Bitstream, HeaderAnswer> {
  if (start + 10 > head.length) return err(more);
  const view = viewOf(head);
  const isKeyFrame = (view.getUint8(start) & 1) === 0;
  if (!isKeyFrame || latin1At(head, start + 3, 3) !== "\x9d\x01\x2a") {
    return err(corrupt("The WebP's picture does not begin with a key frame"));
  }
  const width = view.getUint16(start + 6, true) & 0x3fff;
  const height = view.getUint16(start + 8, true) & 0x3fff;
  const refusal = refuseSize(width, height);
  return refusal ? err(refusal) : ok({ width, height, hasAlpha, lossless: false });
}

/** Header of the lossless bitstream, RFC 9649 §3.4: each side less one in 14 bits, alpha, version 0. */
function readLossless(head: Uint8Array, start: number): Result<Bitstream, HeaderAnswer> {
  if (start + 5 > head.length) return err(more);
  const view = viewOf(head);
  const bits = view.getUint32(start + 1, true);
  if (view.getUint8(start) !== 0x2f || bits >>> 29 !== 0) {
    return err(corrupt("The WebP's lossless picture has no valid header"));
  }
  const width = (bits & 0x3fff) + 1;
  const height = ((bits >>> 14) & 0x3fff) + 1;
  const refusal = refuseSize(width, height);
  if (refusal) return err(refusal);
  return ok({ width, height, hasAlpha: ((bits >>> 28) & 1) === 1, lossless: true });
}

/** What stands behind the pixels, as far as the bytes given reach; `frames` is 0 if not to the end. */
function readChunks(head: Uint8Array, container: Region) {
  let orientation: Orientation = 1;
  let frames = 0;
  let end = container.start;
  for (const chunk of chunksOf(head, container)) {
    if (chunk.end > head.length) break;
    if (chunk.type === "ANMF") frames++;
    if (chunk.type === "EXIF") {
      orientation = exifOrientation(head.subarray(chunk.start, chunk.end)) ?? 1;
    }
    end = chunk.end;
  }
  // A padding byte may be left.
  return { orientation, frames: end + 1 >= container.end ? frames : 0 };
}

const uint24At = (head: Uint8Array, offset: number): number =>
  viewOf(head).getUint16(offset, true) + viewOf(head).getUint8(offset + 2) * 0x10000;

const isSameSize = (one: Size, other: Size) =>
  one.width === other.width && one.height === other.height;
