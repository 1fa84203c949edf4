import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import {
  newPicture,
  type Animation,
  type DecodedPixels,
  type Decoder,
  type PixelRequest,
} from "../codec.ts";
import { readGif } from "./file.ts";
import { decodeFrame, gifFrames, paint } from "./frames.ts";
import type { Workspace } from "../../pixels/workspace.ts";

/**
 * The first frame of a GIF on its logical screen, or all of them. Where the first frame does not reach, the
 * screen is transparent if any frame of the file uses transparency and black otherwise, as libvips has it.
 * What follows the first frame does not matter, whole or not. All in JavaScript: no WASM memory.
 */
export class GifDecoder implements Decoder {
  readonly wasmBytes = 0;

  decode(bytes: Uint8Array, { workspace, partial }: PixelRequest): Result<DecodedPixels, Refusal> {
    const read = readGif(bytes, partial);
    if (!read.ok) return read;
    const {
      screen,
      frames: [frame],
      hasAlpha,
    } = read.value;
    const { indices, damage: inCodes } = decodeFrame(frame);
    if (inCodes && !partial) return err(inCodes);
    const isPartial = inCodes !== undefined || frame.isCut;

    const { rgba, ...picture } = newPicture(workspace, { ...screen, opaque: !hasAlpha });
    const background = new Uint32Array(rgba.buffer, rgba.byteOffset, screen.width * screen.height);
    background.fill(hasAlpha ? nothing : black);
    paint(rgba, screen.width, frame, indices);
    return ok({ ...picture, ...(isPartial && { partial: true }) });
  }

  animation(bytes: Uint8Array, workspace: Workspace): Result<Animation, Refusal> {
    const read = readGif(bytes);
    if (!read.ok) return read;
    return ok({ plays: read.value.plays, frames: gifFrames(read.value, workspace) });
  }
}

const nothing = 0;
const black = 0xff00_0000;
