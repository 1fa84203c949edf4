import type { PictureFormat, SourceFormat } from "../../core/image/formats.ts";
import type { ImageInfo } from "../../core/image/image-info.ts";
import type { Refusal } from "../../core/image/refusal.ts";
import type { Result } from "../../core/result.ts";
import { allocateBitmap, type Bitmap } from "../pixels/bitmap.ts";
import { bytesAt, type Workspace } from "../pixels/workspace.ts";

/**
 * What the engine knows of a format: bytes to pixels and back, synchronously, so that one picture is in
 * memory at a time. Nothing that bytes can cause is thrown. A codec is instantiated when first used, and
 * thrown away after a call that trapped.
 */
export interface Decoder {
  /** Refuses what is cut off or damaged. `info` is what `probe` says of `source`. */
  decode(source: Uint8Array, request: DecodeRequest, info: ImageInfo): Result<Decoded, Refusal>;
  /** Linear memory this codec holds now, in bytes, the workspace not included. */
  readonly wasmBytes: number;
}

export interface DecodeRequest {
  /**
   * The whole factor by which the picture comes out smaller: each side is the source's divided by it,
   * rounded up. One that the plan allows for the format: see `core/plan/plan.ts`.
   */
  readonly shrink: number;
  /** Where the pixels go, unless the decoder has a memory of its own that outputs can be made in. */
  readonly workspace: Workspace;
}

/** Pixels in the memory in which outputs will be made. Whoever asked for them frees `bitmap.pointer`. */
export interface Decoded extends Picture {
  /** The embedded ICC profile, when there is one that still says what the pixels mean. */
  readonly icc?: Uint8Array;
}

/** The rows of `bitmap` lie without gaps. */
export interface Picture {
  readonly workspace: Workspace;
  readonly bitmap: Bitmap;
}

export interface Encoder {
  /** The picture as a file. */
  encode(picture: Picture, options: EncodeOptions): Result<Uint8Array, Refusal>;
  /** As for a decoder. */
  readonly wasmBytes: number;
}

export interface EncodeOptions {
  /** 1–100; what it means is the format's own. A format without loss ignores it. */
  readonly quality: number;
  /** A colour profile that the pixels cannot do without. */
  readonly icc?: Uint8Array;
  /** The source's EXIF block, and what to keep of it; formats that carry none ignore it. */
  readonly exif?: { readonly tiff: Uint8Array; readonly keep: "keep" | "copyright" };
}

/** The codecs of one engine. */
export type Decoders = Readonly<Record<SourceFormat, Decoder>>;
export type Encoders = Readonly<Record<PictureFormat, Encoder>>;

/** A new picture of no particular colours, and its bytes, valid until the memory next grows. */
export function newPicture(
  workspace: Workspace,
  { width, height, opaque }: { width: number; height: number; opaque: boolean },
): Picture & { readonly rgba: Uint8Array } {
  const bitmap = allocateBitmap(workspace, width, height, opaque);
  return { workspace, bitmap, rgba: rgbaOf({ workspace, bitmap }) };
}

/** Four bytes a pixel, 8 bits a channel, straight alpha. Valid until the memory next grows. */
export function rgbaOf({ workspace, bitmap }: Picture): Uint8Array {
  return bytesAt(workspace, bitmap.pointer, bitmap.width * bitmap.height * 4);
}
