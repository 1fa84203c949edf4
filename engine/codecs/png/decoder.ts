import { limits } from "../../../core/limits.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import {
  newPicture,
  type Animation,
  type AnimationFrame,
  type DecodedPixels,
  type Decoder,
  type PixelRequest,
} from "../codec.ts";
import { pngFrames, readPlays } from "./frames.ts";
import type { Bitmap } from "../../pixels/bitmap.ts";
import { crc32 } from "../../../core/crc32.ts";
import { corrupt, readChunk, readPngHeader, storedCrc, truncated } from "./chunks.ts";
import type { PngHeader } from "./chunks.ts";
import {
  BAD_FILTER,
  DONE,
  NEED_INPUT,
  SHORT_DATA,
  STRIP_READY,
  readIcc,
  setColours,
} from "./kernel.ts";
import type { PngKernel } from "./kernel.ts";
import { exifInPng } from "./exif.ts";
import { WasmSlot } from "../wasm-slot.ts";
import type { Workspace } from "../../pixels/workspace.ts";

/**
 * Receives rows in order from the top: `rows` of them, the first being number `y`. The bytes belong to
 * the decoder and are valid during the call only.
 */
export type RowSink = (rgba: Uint8Array, y: number, rows: number) => void;

/** What is known before the first row. */
export interface PngPreview extends Pick<Bitmap, "width" | "height" | "opaque"> {
  readonly icc?: Uint8Array;
}

/**
 * PNG by rows: every colour type and depth, palettes, tRNS and Adam7. A whole-number box shrink happens on
 * the way, so a picture far larger than its target needs no more memory than its target does.
 * The chunk in which the last row ends is the last that is checked; what follows is not looked at, whole or not.
 */
export class PngDecoder implements Decoder {
  readonly exifBlocks = exifInPng;
  readonly #slot: WasmSlot<PngKernel>;

  constructor(module: WebAssembly.Module) {
    this.#slot = new WasmSlot(
      () => new WebAssembly.Instance(module).exports as unknown as PngKernel,
    );
  }

  get wasmBytes(): number {
    return this.#slot.wasmBytes;
  }

  decode(
    bytes: Uint8Array,
    { shrink, workspace, partial }: PixelRequest,
  ): Result<DecodedPixels, Refusal> {
    let picture: DecodedPixels | undefined;
    let hasRows = false;
    const start = ({ icc, ...form }: PngPreview): RowSink => {
      const { rgba, ...made } = newPicture(workspace, form);
      picture = { ...made, ...(icc && { icc }) };
      if (partial) rgba.fill(0);
      return (rows, y) => {
        rgba.set(rows, y * made.bitmap.stride);
        hasRows = true;
      };
    };
    const decoded = this.decodeRows(bytes, shrink, start, partial);
    if (!decoded.ok) {
      if (!partial || !picture || !hasRows) return decoded;
      return ok({ ...picture, bitmap: { ...picture.bitmap, opaque: false }, partial: true });
    }
    if (!picture) throw new Error("a PNG without a first row was decoded");
    return ok(picture);
  }

  animation(
    bytes: Uint8Array,
    workspace: Workspace,
    { frames }: ImageInfo,
  ): Result<Animation, Refusal> {
    const plays = readPlays(bytes);
    if (plays === undefined) return corrupt("an animation without acTL");
    return ok({ plays, frames: this.#frames(bytes, workspace, frames) });
  }

  *#frames(
    bytes: Uint8Array,
    workspace: Workspace,
    framesMax: number,
  ): Generator<Result<AnimationFrame, Refusal>> {
    for (const frame of pngFrames(bytes, framesMax)) {
      if (!frame.ok) return yield frame;
      const decoded = this.decode(frame.value.file, { shrink: 1, workspace });
      if (!decoded.ok) return yield decoded;
      const { left, top, delayMillis, disposal, isBlended } = frame.value;
      yield ok({ ...decoded.value, left, top, delayMillis, disposal, isBlended });
    }
  }

  /** As `decode`, but hands rows to the sink that `start` returns; what it got before a refusal is void. */
  decodeRows(
    bytes: Uint8Array,
    shrink: number,
    start: (preview: PngPreview) => RowSink,
    partial = false,
  ): Result<PngPreview, Refusal> {
    const header = readPngHeader(bytes);
    if (!header.ok) return header;
    try {
      return this.#slot.use((kernel) => {
        const reading = { bytes, header: header.value, partial };
        return decodeWith(kernel, reading, shrink, start);
      });
    } catch (problem) {
      if (!(problem instanceof WebAssembly.RuntimeError || problem instanceof RangeError))
        throw problem;
      return err({ reason: "render_crashed", stage: "png decode" });
    }
  }
}

interface PngReading {
  readonly bytes: Uint8Array;
  readonly header: PngHeader;
  /** Rows are taken out of damaged chunks too. */
  readonly partial: boolean;
}

function decodeWith(
  kernel: PngKernel,
  reading: PngReading,
  shrink: number,
  start: (preview: PngPreview) => RowSink,
): Result<PngPreview, Refusal> {
  const { header } = reading;
  const icc = readIcc(kernel, header.compressedIcc);
  const hasAlpha = header.colourType >= 4 || header.transparency !== undefined;
  const width = Math.ceil(header.width / shrink);
  const height = Math.ceil(header.height / shrink);
  const begun = kernel.begin(
    header.width,
    header.height,
    header.bitDepth,
    header.colourType,
    header.interlaced,
    hasAlpha,
    shrink,
    Math.max(1, Math.floor(limits.pngStripBytes / (width * 4))),
  );
  if (begun === 0) throw new RangeError("The decoder's memory cannot grow");
  setColours(kernel, header);
  const preview: PngPreview = {
    width,
    height,
    opaque: !hasAlpha,
    ...(icc && { icc }),
  };
  const failure = pumpData(kernel, reading, width * 4, start(preview));
  return failure === undefined ? ok(preview) : err(failure);
}

/** Feeds IDAT chunks through the kernel, up to the one in which the last row ends. */
function pumpData(
  kernel: PngKernel,
  { bytes, header, partial }: PngReading,
  stride: number,
  sink: RowSink,
): Refusal | undefined {
  const drain = rowDrain(kernel, stride, sink);
  const pieceBytesMax = kernel.inputBytesMax();
  const inKernel = (piece: Uint8Array): number => {
    const address = kernel.inputAddress();
    new Uint8Array(kernel.memory.buffer).set(piece, address);
    return address;
  };
  let status = NEED_INPUT;
  let at = header.dataAt;
  let read = readChunk(bytes, at);
  while (status !== DONE && read.ok && read.value.type === "IDAT") {
    const chunk = read.value;
    let crc = crc32(bytes.subarray(at + 4, at + 8));
    const isIntact = () => crc >>> 0 === storedCrc(bytes, chunk);
    const isOnePiece = chunk.data.length <= pieceBytesMax;
    for (let from = 0; from < chunk.data.length; from += pieceBytesMax) {
      const piece = chunk.data.subarray(from, from + pieceBytesMax);
      crc = kernel.crc32(crc, inKernel(piece), piece.length);
      if (status === DONE) continue;
      // Nothing is taken out of a damaged chunk: the last row may end before it.
      if (isOnePiece && !partial && !isIntact()) break;
      kernel.push(piece.length, false);
      status = drain();
      if (status < 0) return failureOf(status);
    }
    if (!isIntact()) {
      const damage = corrupt("CRC of IDAT").error;
      const isHeldBack = isOnePiece && !partial;
      return isHeldBack && statusAtEnd(kernel, drain) === DONE ? undefined : damage;
    }
    at = chunk.next;
    read = readChunk(bytes, at);
  }
  if (status !== DONE) status = statusAtEnd(kernel, drain);
  if (status === DONE) return undefined;
  return read.ok ? failureOf(status) : read.error;
}

/** Runs the kernel until it wants input or is done, handing out rows. */
function rowDrain(kernel: PngKernel, stride: number, sink: RowSink): () => number {
  let y = 0;
  return () => {
    for (;;) {
      const status = kernel.step();
      const rows = status < 0 ? 0 : kernel.stripRowCount();
      if (rows > 0) {
        sink(new Uint8Array(kernel.memory.buffer, kernel.stripAddress(), rows * stride), y, rows);
        y += rows;
      }
      if (status !== STRIP_READY) return status;
    }
  };
}

/** Tells the kernel that no more data follow: what it has may be all rows. */
function statusAtEnd(kernel: PngKernel, drain: () => number): number {
  kernel.inputAddress();
  kernel.push(0, true);
  return drain();
}

function failureOf(status: number): Refusal {
  if (status === SHORT_DATA) return truncated("IDAT ends before the last row").error;
  return corrupt(status === BAD_FILTER ? "unknown row filter" : "IDAT is not a zlib stream").error;
}
