import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { newPicture, type AnimationFrame } from "../codec.ts";
import type { Workspace } from "../../pixels/workspace.ts";
import { codesOf, type GifFile, type GifFrame } from "./file.ts";
import { inflateLzw, type Inflated } from "./lzw.ts";

/** The palette indices of a frame, in the order in which they are stored; fewer where its codes end early. */
export function decodeFrame(frame: GifFrame): Inflated {
  return inflateLzw(codesOf(frame), frame.codeBits, frame.width * frame.height);
}

/** Decodes each frame when it is asked for; the last answer is why there are no more, where the file is damaged. */
export function* gifFrames(
  { frames, damage }: GifFile,
  workspace: Workspace,
): Generator<Result<AnimationFrame, Refusal>> {
  for (const frame of frames) {
    const { indices, damage: inFrame } = decodeFrame(frame);
    if (inFrame) return yield err(inFrame);
    const { left, top, width, height, delayMillis, disposal } = frame;
    const { rgba, ...picture } = newPicture(workspace, { width, height, opaque: false });
    rgba.fill(0);
    paint(rgba, width, { ...frame, left: 0, top: 0 }, indices);
    yield ok({ ...picture, left, top, delayMillis, disposal, isBlended: true });
  }
  if (damage) yield err(damage);
}

/** Draws as many pixels as there are indices, onto a canvas `canvasWidth` pixels wide. */
export function paint(
  canvas: Uint8Array,
  canvasWidth: number,
  frame: GifFrame,
  indices: Uint8Array,
): void {
  const colours = new Uint32Array(256).fill(0xff00_0000);
  const channels = new Uint8Array(colours.buffer);
  for (const [at, value] of frame.palette.entries()) channels[at + Math.floor(at / 3)] = value;
  // -1 is no index, and changes nothing.
  colours[frame.clearIndex] = 0;

  const rows = frame.interlaced ? interlacedRows(frame.height) : undefined;
  const line = new Uint32Array(frame.width);
  const lineBytes = new Uint8Array(line.buffer);
  for (let row = 0; row * frame.width < indices.length; row++) {
    const y = frame.top + (rows?.[row] ?? row);
    const from = row * frame.width;
    const count = Math.min(frame.width, indices.length - from);
    for (let x = 0; x < count; x++) line[x] = colours[indices[from + x] ?? 0] ?? 0;
    canvas.set(lineBytes.subarray(0, count * 4), (y * canvasWidth + frame.left) * 4);
  }
}

/** Rows are stored as every 8th, every 8th from 4, every 4th from 2, every 2nd from 1 (appendix E). */
function interlacedRows(height: number): readonly number[] {
  const rows: number[] = [];
  for (const [first, gap] of INTERLACE) {
    for (let row = first; row < height; row += gap) rows.push(row);
  }
  return rows;
}

const INTERLACE = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;
