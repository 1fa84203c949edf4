import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { flags, fourCc, uint24, uint32 } from "./riff.ts";

export interface WebpChunk {
  readonly type: string;
  /** Without padding. */
  readonly data: Uint8Array;
  /** With padding. */
  readonly padded: Uint8Array;
}

/** The chunks of one picture. */
export interface PictureChunks {
  readonly alpha?: WebpChunk;
  readonly image?: WebpChunk;
  /** The alpha stands behind the picture, which only one that shows no alpha may. */
  readonly isLate?: boolean;
}

export interface FrameChunks extends PictureChunks {
  /** The sixteen bytes that say where and how it is shown (§2.7.1.1). */
  readonly header: Uint8Array;
}

/** A file with features, taken apart (RFC 9649, §2.7). */
export interface ExtendedChunks {
  readonly features: number;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly control?: WebpChunk;
  readonly still?: PictureChunks;
  readonly frames: readonly FrameChunks[];
  /** Everything that is no part of a picture. */
  readonly others: readonly WebpChunk[];
}

/**
 * As libwebp's demuxer takes it apart, on which browsers build, so that the same files are refused. A frame is the
 * picture that its chunk begins with; what follows that picture is looked at whether or not the frame's length says
 * that it is part of it, and a frame that begins with something else is none.
 */
export function readExtendedChunks(body: Uint8Array): Result<ExtendedChunks, Refusal> {
  const first = readChunk(body, 0);
  if (first === undefined) return truncated("inside a chunk");
  if (first.data.length < 10) return corrupt("VP8X too short");
  const features = first.data[0] ?? 0;
  if ((features & ~knownFeatures) !== 0) return corrupt("VP8X with unknown features");
  const canvas = { width: uint24(first.data, 4) + 1, height: uint24(first.data, 7) + 1 };
  const isAnimated = (features & flags.animation) !== 0;
  const frames: FrameChunks[] = [];
  const others: WebpChunk[] = [];
  let still: PictureChunks | undefined;
  let control: WebpChunk | undefined;
  let walked = 0;
  for (let at = 8 + first.padded.length; at < body.length;) {
    const chunk = readChunk(body, at);
    if (chunk === undefined) return truncated("inside a chunk");
    if (walked++ === limits.sourceChunksMax) return corrupt("too many chunks");
    at += 8 + chunk.padded.length;
    if (chunk.type === "VP8X") return corrupt("a second VP8X");
    if (chunk.type === "ANMF") {
      if (!control) return corrupt("a frame before ANIM");
      const frame = takeFrame(body, chunk);
      if (!frame.ok) return frame;
      const { end, ...chunks } = frame.value;
      if (isAnimated && (chunks.image ?? chunks.alpha)) frames.push(chunks);
      at = end;
    } else if (imageChunks.has(chunk.type)) {
      if (isAnimated || control) return corrupt("a picture that is no frame");
      if (still) return corrupt("a second picture");
      const picture = takePicture(body, at - 8 - chunk.padded.length);
      if (!picture.ok) return picture;
      const { end, ...chunks } = picture.value;
      [still, at] = [chunks, end];
    } else if (chunk.type === "ANIM" && chunk.padded.length < 6) {
      return corrupt("ANIM too short");
    } else {
      if (chunk.type === "ANIM") control ??= chunk;
      others.push(chunk);
    }
  }
  return ok({
    features,
    canvas,
    frames,
    others,
    ...(still && { still }),
    ...(control && { control }),
  });
}

type Taken<Chunks> = Result<Chunks & { readonly end: number }, Refusal>;

const frameHeaderBytes = 16;
/** libwebp takes no frame that says it is this large. */
const frameAreaMax = 2 ** 32;
/** ICC profile, alpha, EXIF, XMP, animation. */
const knownFeatures = 0x3e;
const imageChunks: ReadonlySet<string> = new Set(["ALPH", "VP8 ", "VP8L"]);

function takeFrame(body: Uint8Array, { padded }: WebpChunk): Taken<FrameChunks> {
  if (padded.length < frameHeaderBytes) return corrupt("a frame without header");
  const header = padded.subarray(0, frameHeaderBytes);
  if ((uint24(header, 6) + 1) * (uint24(header, 9) + 1) >= frameAreaMax) {
    return corrupt("a frame's size");
  }
  const start = padded.byteOffset - body.byteOffset;
  const picture = takePicture(body, start + frameHeaderBytes);
  if (!picture.ok) return picture;
  if (picture.value.end > start + padded.length) return corrupt("a frame longer than its chunk");
  return ok({ ...picture.value, header });
}

/**
 * Alpha and a bitstream, as far as they follow one another from `start` on; the chunk behind them has to be whole too.
 */
export function takePicture(body: Uint8Array, start: number): Taken<PictureChunks> {
  let alpha: WebpChunk | undefined;
  let image: WebpChunk | undefined;
  let isLate = false;
  let at = start;
  do {
    const chunk = readChunk(body, at);
    if (chunk === undefined) return truncated("inside a chunk");
    if (chunk.type === "ALPH" && !alpha) {
      alpha = chunk;
      isLate = image !== undefined;
    } else if ((chunk.type === "VP8 " || chunk.type === "VP8L") && !image) {
      if (alpha && chunk.type === "VP8L") return corrupt("a lossless picture with an alpha chunk");
      image = chunk;
    } else break;
    at += 8 + chunk.padded.length;
  } while (at < body.length);
  return ok({ end: at, isLate, ...(alpha && { alpha }), ...(image && { image }) });
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

export const corrupt = (detail: string) => err({ reason: "corrupt_image", detail } as const);
export const truncated = (detail: string) => err({ reason: "truncated_image", detail } as const);
