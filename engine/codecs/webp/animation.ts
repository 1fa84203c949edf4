import type { Refusal } from "../../../core/image/refusal.ts";
import { ok, type Result } from "../../../core/result.ts";
import type { AnimationFrame, EncodedFrame, JoinOptions } from "../codec.ts";
import { readBitstream, readWebp, type WebpBitstream } from "./container.ts";
import { readChunks, readExtendedChunks, type FrameChunks } from "./demux.ts";
import { extendedHeader, flags, riff, riffChunk, uint24, uint32 } from "./riff.ts";

/** One frame of an animated WebP (RFC 9649, §2.7.1.1): where and how it is shown, and its picture. */
export interface WebpFrame extends Pick<
  AnimationFrame,
  "left" | "top" | "delayMillis" | "isBlended" | "disposal"
> {
  readonly bitstream: WebpBitstream;
}

export interface WebpAnimation {
  /** How often it is shown; 0 is without end. */
  readonly plays: number;
  /** Each read when it is asked for. */
  readonly frames: Iterable<Result<WebpFrame, Refusal>>;
}

export function readAnimation(bytes: Uint8Array): Result<WebpAnimation, Refusal> {
  const read = readExtendedChunks(bytes.subarray(12, 8 + uint32(bytes, 4)));
  if (!read.ok) return read;
  const { control, frames } = read.value;
  const plays = (control?.data[4] ?? 0) | ((control?.data[5] ?? 0) << 8);
  return ok({ plays, frames: readFrames(frames) });
}

function* readFrames(frames: readonly FrameChunks[]): Generator<Result<WebpFrame, Refusal>> {
  for (const chunks of frames) yield readFrame(chunks);
}

function readFrame(chunks: FrameChunks): Result<WebpFrame, Refusal> {
  const bitstream = readBitstream(chunks);
  if (!bitstream.ok) return bitstream;
  const { header } = chunks;
  const how = header[15] ?? 0;
  return ok({
    bitstream: bitstream.value,
    left: uint24(header, 0) * 2,
    top: uint24(header, 3) * 2,
    delayMillis: uint24(header, 12),
    isBlended: (how & takesThePlace) === 0,
    disposal: how & 1 ? "clear" : "keep",
  });
}

const frameHeaderBytes = 16;
/** The flag of a frame that is not blended with what is there. */
const takesThePlace = 2;

/** Still files of one size as the frames of an animation, each of which takes the place of the last. */
export function joinWebp(frames: readonly EncodedFrame[], { plays, icc }: JoinOptions): Uint8Array {
  const stills = frames.map(({ file }) => {
    const read = readWebp(file);
    if (!read.ok) throw new Error("an encoder's own output is not a WebP");
    return read.value;
  });
  const canvas = stills[0]?.canvas ?? { width: 1, height: 1 };
  const alpha = stills.some(({ hasAlpha }) => hasAlpha) ? flags.alpha : 0;
  const animation = new Uint8Array(6);
  new DataView(animation.buffer).setUint16(4, Math.min(plays, 0xffff), true);
  return riff([
    extendedHeader(canvas, flags.animation | alpha | (icc ? flags.icc : 0)),
    ...(icc ? [riffChunk("ICCP", icc)] : []),
    riffChunk("ANIM", animation),
    ...frames.flatMap(({ file, delayMillis }) => frameParts(file, canvas, delayMillis)),
  ]);
}

/** The head of an ANMF chunk, then the chunks in it, which are views into the file. */
function frameParts(
  file: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  delayMillis: number,
): readonly Uint8Array[] {
  const chunks = readChunks(file.subarray(12));
  if (!chunks.ok) throw new Error("an encoder's own output is not a WebP");
  const pictures = chunks.value
    .filter(({ type }) => pictureTypes.has(type))
    .map(({ data }) => withHeader(file, data));
  const head = riffChunk("ANMF", new Uint8Array(frameHeaderBytes));
  const put = (at: number, value: number) =>
    head.set([value & 255, (value >> 8) & 255, (value >> 16) & 255], 8 + at);
  put(6, width - 1);
  put(9, height - 1);
  put(12, Math.min(delayMillis, 0xff_ffff));
  head[8 + 15] = takesThePlace;
  const bytes = pictures.reduce((sum, { length }) => sum + length + (length & 1), frameHeaderBytes);
  new DataView(head.buffer).setUint32(4, bytes, true);
  return [head, ...pictures];
}

/** The chunk that holds `data`, a view into the file. */
function withHeader(file: Uint8Array, data: Uint8Array): Uint8Array {
  const start = data.byteOffset - file.byteOffset - 8;
  return file.subarray(start, start + 8 + data.length);
}

const pictureTypes: ReadonlySet<string> = new Set(["ALPH", "VP8 ", "VP8L"]);
