import type { Refusal } from "../../../core/image/refusal.ts";
import { ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { newPicture, type Decoded, type DecodeRequest, type Decoder } from "../codec.ts";
import { codesOf, readGif, type GifFrame, type Size } from "./file.ts";
import { inflateLzw } from "./lzw.ts";

/**
 * The first frame of a GIF on its logical screen. Where the frame does not reach, the screen is transparent
 * if any frame of the file uses transparency and black otherwise, as libvips has it. What follows the first
 * frame does no harm, whole or not. All in JavaScript: no WASM memory.
 */
export class GifDecoder implements Decoder {
  readonly wasmBytes = 0;

  decode(bytes: Uint8Array, { workspace }: DecodeRequest): Result<Decoded, Refusal> {
    const read = readGif(bytes);
    if (!read.ok) return read;
    const {
      screen,
      frames: [frame],
      hasAlpha,
    } = read.value;
    const indices = decodeFrame(frame);
    if (!indices.ok) return indices;

    const { rgba, ...picture } = newPicture(workspace, { ...screen, opaque: !hasAlpha });
    clear(rgba, hasAlpha);
    paint(rgba, screen, frame, indices.value);
    return ok(picture);
  }
}

function decodeFrame(frame: GifFrame): Result<Uint8Array, Refusal> {
  return inflateLzw(codesOf(frame), frame.codeBits, frame.width * frame.height);
}

function clear(canvas: Uint8Array, hasAlpha: boolean): void {
  canvas.fill(0);
  if (!hasAlpha) for (let at = 3; at < canvas.length; at += 4) canvas[at] = 255;
}

/** Draws as many pixels as there are indices. */
function paint(canvas: Uint8Array, screen: Size, frame: GifFrame, indices: Uint8Array): void {
  const colours = new Uint32Array(256).fill(0xff00_0000);
  const channels = new Uint8Array(colours.buffer);
  for (let i = 0; i * 3 < frame.palette.length; i++) {
    channels.set(frame.palette.subarray(i * 3, i * 3 + 3), i * 4);
  }
  if (frame.clearIndex >= 0) colours[frame.clearIndex] = 0;

  const line = new Uint32Array(frame.width);
  const lineBytes = new Uint8Array(line.buffer);
  for (let row = 0; row * frame.width < indices.length; row++) {
    const y = frame.top + (frame.interlaced ? interlacedRow(row, frame.height) : row);
    const from = row * frame.width;
    const count = Math.min(frame.width, indices.length - from);
    for (let x = 0; x < count; x++) line[x] = colours[indices[from + x] ?? 0] ?? 0;
    canvas.set(lineBytes.subarray(0, count * 4), (y * screen.width + frame.left) * 4);
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
