import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { newPicture, type Decoded, type DecodeRequest, type Decoder } from "../codec.ts";
import { inflateLzw } from "./lzw.ts";

/**
 * The first frame of a GIF (GIF89a specification, 1990) on its logical screen, which grows where the frame
 * overhangs it, as browsers have it. Where the frame does not reach, the screen is transparent if any frame
 * of the file uses transparency and black otherwise, as libvips has it. Later frames are stepped over, so
 * that a file cut short among them is told apart from a whole one. All in JavaScript: no WASM memory.
 */
export class GifDecoder implements Decoder {
  readonly wasmBytes = 0;

  decode(bytes: Uint8Array, { workspace }: DecodeRequest): Result<Decoded, Refusal> {
    const read = readFirstFrame(bytes);
    if (!read.ok) return read;
    const { screen, frame, hasAlpha } = read.value;
    const indices = inflateLzw(frame.codes, frame.codeBits, frame.width * frame.height);
    if (!indices.ok) return indices;

    const { rgba, ...picture } = newPicture(workspace, { ...screen, opaque: !hasAlpha });
    clear(rgba, hasAlpha);
    paint(rgba, screen, frame, indices.value);
    return ok(picture);
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Frame extends Size {
  readonly left: number;
  readonly top: number;
  readonly interlaced: boolean;
  /** RGB triplets. */
  readonly palette: Uint8Array;
  /** Index of the transparent colour, or -1. */
  readonly clearIndex: number;
  readonly codeBits: number;
  /** LZW codes, out of their sub-blocks. */
  readonly codes: Uint8Array;
}

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;

const corrupt = (detail: string) => err({ reason: "corrupt_image", detail } as const);
const truncated = (detail: string) => err({ reason: "truncated_image", detail } as const);

interface FirstFrame {
  readonly screen: Size;
  readonly frame: Frame;
  /** Some frame of the file has a transparent colour. */
  readonly hasAlpha: boolean;
}

function readFirstFrame(bytes: Uint8Array): Result<FirstFrame, Refusal> {
  const version = String.fromCharCode(...bytes.subarray(0, 6));
  if (version !== "GIF87a" && version !== "GIF89a") return err({ reason: "unsupported_format" });
  if (bytes.length < 13) return truncated("inside the screen descriptor");
  const globalPalette = readPalette(bytes, 13, byteAt(bytes, 10));
  let clearIndex = -1;
  let hasAlpha = false;
  let frame: Frame | undefined;
  let at = 13 + globalPalette.length;
  for (;;) {
    if (at >= bytes.length) return truncated("no trailer");
    const introducer = byteAt(bytes, at);
    if (introducer === TRAILER) break;
    if (introducer === EXTENSION) {
      if (byteAt(bytes, at + 1) === GRAPHIC_CONTROL && byteAt(bytes, at + 2) >= 4) {
        clearIndex = byteAt(bytes, at + 3) & 1 ? byteAt(bytes, at + 6) : -1;
        hasAlpha ||= clearIndex >= 0;
      }
      at += 2;
    } else if (introducer === IMAGE) {
      if (at + 11 > bytes.length) return truncated("inside an image descriptor");
      const palette = readPalette(bytes, at + 10, byteAt(bytes, at + 9));
      if (frame === undefined) {
        const described = describe(
          bytes,
          at,
          palette.length > 0 ? palette : globalPalette,
          clearIndex,
        );
        if (!described.ok) return described;
        frame = described.value;
      }
      at += 10 + palette.length + 1;
    } else return corrupt(`unknown block 0x${introducer.toString(16)}`);
    const end = endOfSubBlocks(bytes, at);
    if (end === undefined) return truncated("inside a block");
    at = end;
  }
  if (frame === undefined) return corrupt("no frame");
  const screen = {
    width: Math.max(uint16(bytes, 6), frame.left + frame.width),
    height: Math.max(uint16(bytes, 8), frame.top + frame.height),
  };
  if (isTooLarge(screen)) {
    return err({
      reason: "image_too_large",
      detail: "pixels of the screen over the limit",
      ...screen,
    });
  }
  return ok({ screen, frame, hasAlpha });
}

/** The image descriptor at `at`, and the codes behind it. */
function describe(
  bytes: Uint8Array,
  at: number,
  palette: Uint8Array,
  clearIndex: number,
): Result<Frame, Refusal> {
  const width = uint16(bytes, at + 5);
  const height = uint16(bytes, at + 7);
  const flags = byteAt(bytes, at + 9);
  const dataAt = at + 10 + paletteBytes(flags);
  const codeBits = byteAt(bytes, dataAt);
  if (width === 0 || height === 0) return corrupt("a frame without pixels");
  if (isTooLarge({ width, height })) {
    return err({
      reason: "image_too_large",
      detail: "pixels of a frame over the limit",
      width,
      height,
    });
  }
  if (palette.length === 0) return corrupt("no palette");
  if (codeBits < 1 || codeBits > 8) return corrupt("LZW code size");
  const codes = joinSubBlocks(bytes, dataAt + 1);
  if (codes === undefined) return truncated("inside the first frame");
  return ok({
    left: uint16(bytes, at + 1),
    top: uint16(bytes, at + 3),
    width,
    height,
    interlaced: (flags & 0x40) !== 0,
    palette,
    clearIndex,
    codeBits,
    codes,
  });
}

function clear(canvas: Uint8Array, hasAlpha: boolean): void {
  canvas.fill(0);
  if (!hasAlpha) for (let at = 3; at < canvas.length; at += 4) canvas[at] = 255;
}

function paint(canvas: Uint8Array, screen: Size, frame: Frame, indices: Uint8Array): void {
  const colours = new Uint32Array(256).fill(0xff00_0000);
  const channels = new Uint8Array(colours.buffer);
  for (let i = 0; i * 3 < frame.palette.length; i++) {
    channels.set(frame.palette.subarray(i * 3, i * 3 + 3), i * 4);
  }
  if (frame.clearIndex >= 0) colours[frame.clearIndex] = 0;

  const line = new Uint32Array(frame.width);
  const lineBytes = new Uint8Array(line.buffer);
  for (let row = 0; row < frame.height; row++) {
    const y = frame.top + (frame.interlaced ? interlacedRow(row, frame.height) : row);
    const from = row * frame.width;
    for (let x = 0; x < frame.width; x++) line[x] = colours[indices[from + x] ?? 0] ?? 0;
    canvas.set(lineBytes, (y * screen.width + frame.left) * 4);
  }
}

/** Rows are stored as every 8th, every 8th from 4, every 4th from 2, every 2nd from 1 (appendix E). */
function interlacedRow(stored: number, height: number): number {
  let row = stored;
  for (const [first, gap] of INTERLACE) {
    const count = Math.ceil((height - first) / gap);
    if (row < count) return first + row * gap;
    row -= Math.max(0, count);
  }
  return height;
}

const INTERLACE = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;

function isTooLarge({ width, height }: Size): boolean {
  return width * height > limits.sourcePixelsMax;
}

function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

function readPalette(bytes: Uint8Array, at: number, flags: number): Uint8Array {
  return bytes.subarray(at, at + paletteBytes(flags));
}

/** Offset behind the terminator of the sub-blocks at `from`; undefined when the file ends first. */
function endOfSubBlocks(bytes: Uint8Array, from: number): number | undefined {
  let at = from;
  while (at < bytes.length) {
    const length = byteAt(bytes, at);
    at += 1 + length;
    if (length === 0) return at;
  }
  return undefined;
}

function joinSubBlocks(bytes: Uint8Array, from: number): Uint8Array | undefined {
  const end = endOfSubBlocks(bytes, from);
  if (end === undefined) return undefined;
  const joined = new Uint8Array(end - from);
  let length = 0;
  for (let at = from; at < end; at += 1 + byteAt(bytes, at)) {
    const block = bytes.subarray(at + 1, at + 1 + byteAt(bytes, at));
    joined.set(block, length);
    length += block.length;
  }
  return joined.subarray(0, length);
}

function uint16(bytes: Uint8Array, at: number): number {
  return byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);
}

/** Past the end reads 0: the walk notices that the file has ended at the next block. */
function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
