import type { PictureFormat, SourceFormat } from "../../core/image/formats.ts";
import type { ImageInfo } from "../../core/image/image-info.ts";
import type { Refusal } from "../../core/image/refusal.ts";
import type { Size } from "../../core/image/size.ts";
import type { Result } from "../../core/result.ts";
import { allocateBitmap, type Bitmap } from "../pixels/bitmap.ts";
import type { Part, Plane } from "../pixels/plane-sampler.ts";
import type { Window } from "../pixels/resize.ts";
import { bytesAt, type Workspace } from "../pixels/workspace.ts";

/**
 * What the engine knows of a format: bytes to pixels and back, synchronously, so that one picture is in
 * memory at a time. Nothing that bytes can cause is thrown. A codec is instantiated when first used, and
 * thrown away after a call that trapped.
 */
export interface Decoder {
  /** Refuses what is cut off or damaged. `info` is what `probe` says of `source`. */
  decode(source: Uint8Array, request: DecodeRequest, info: ImageInfo): Result<Decoded, Refusal>;
  /** The frames of an animation, whose pixels lie in `workspace`; absent where the format has none. */
  animation?(source: Uint8Array, workspace: Workspace, info: ImageInfo): Result<Animation, Refusal>;
  /** What may be the EXIF blocks of a file, in order; absent where its metadata is not handed on. Never throws. */
  readonly exifBlocks?: (source: Uint8Array) => Iterable<Uint8Array>;
  /** Linear memory this codec holds now, in bytes, the workspace not included. */
  readonly wasmBytes: number;
}

export interface Animation {
  /** How often it is shown; 0 is without end. */
  readonly plays: number;
  /** Each decoded when it is asked for. A refusal is the last: the file is cut off or damaged there. */
  readonly frames: Iterable<Result<AnimationFrame, Refusal>>;
}

/** The caller frees its pixels, which lie on the canvas from `left`, `top` on. */
export interface AnimationFrame extends DecodedPixels {
  readonly left: number;
  readonly top: number;
  readonly delayMillis: number;
  /** Laid over what is there by its alpha; otherwise it takes its place. */
  readonly isBlended: boolean;
  /** What is done with its area before the next frame: it stays, is cleared, or is as it was before. */
  readonly disposal: "keep" | "clear" | "restore";
}

/** What a decoder is told that gives pixels. */
export type PixelRequest = Pick<DecodeRequest, "shrink" | "workspace" | "partial">;

export interface DecodeRequest {
  /**
   * The whole factor by which the picture comes out smaller: each side is the source's divided by it,
   * rounded up. One that the plan allows for the format: see `core/plan/plan.ts`.
   */
  readonly shrink: number;
  /**
   * A picture that is cut off or damaged is decoded as far as possible, where the format allows that; else it is
   * refused.
   */
  readonly partial?: boolean;
  /** Where the pixels go, unless the decoder has a memory of its own that outputs can be made in. */
  readonly workspace: Workspace;
  /** For decoders that give planes. */
  readonly planes: PlaneRequest;
  /**
   * After a `DamagedSource` without a refusal: all pixels at once, from the reference
   * decoder.
   */
  readonly asPixels: boolean;
}

/** All in pixels of the source as it is stored. */
export interface PlaneRequest {
  /** Rows that must be there at once; Infinity where rows are read more than once. */
  readonly rowsAtOnce: number;
  /** Pixels along each axis for each that is wanted. */
  readonly ratio: number;
  /** Pixels along each axis for each sample of chroma that is wanted. */
  readonly chromaRatio: number;
  /** What is looked at. Samples of the rest may be anything, but damage in it counts. */
  readonly window: Window;
}

/** A decoder says which it gives by giving it; the plan knows beforehand from the format's record. */
export type Decoded = DecodedPixels | DecodedPlanes;

/** Pixels in the memory in which outputs will be made. The caller frees `bitmap.pointer`. */
export interface DecodedPixels extends Picture {
  readonly samples: "pixels";
  /** The file was cut off or damaged: what could not be read is clear, or grey. */
  readonly partial?: true;
  /** The embedded ICC profile, when there is one that still says what the pixels mean. */
  readonly icc?: Uint8Array;
}

/** Y, or Y, Cb and Cr as JPEG has them (ITU-T T.871), each at its own size, whose rows are made when asked for. */
export interface DecodedPlanes {
  readonly samples: "planes";
  readonly workspace: Workspace;
  /** Size of the picture, shrunk as asked; no plane need have it. */
  readonly size: Size;
  readonly planes: readonly Plane[];
  readonly icc?: Uint8Array;
  /** Reads what is left of the source. Throws `DamagedSource`, as `Plane.ready` does. */
  readonly finish: () => void;
  readonly free: () => void;
}

/**
 * Thrown where damage shows only when rows are asked for: what was made of them is void. Without a refusal
 * the decoder wants to be asked again, for pixels.
 */
export class DamagedSource extends Error {
  readonly refusal: Refusal | undefined;

  constructor(refusal?: Refusal) {
    super("the source is damaged");
    this.refusal = refusal;
  }
}

/** The rows of `bitmap` lie without gaps. */
export interface Picture {
  readonly workspace: Workspace;
  readonly bitmap: Bitmap;
}

export interface Encoder {
  /** The picture as a file. */
  encode(picture: Picture, options: EncodeOptions): Result<Uint8Array, Refusal>;
  /**
   * A picture that comes as planes, where the format holds planes and nothing changes the pixels: they
   * are resampled and encoded row by row. Absent: the encoder takes pixels only. Undefined: those of a
   * picture so large it has to see twice.
   */
  readonly encodePlanes?: (
    resampled: ResampledPlanes,
    options: EncodeOptions,
  ) => Uint8Array | undefined;
  /**
   * Whether a file of this quality and size holds chroma at half the size, as means of four pixels. Absent: it
   * does not.
   */
  readonly halvesChroma?: (quality: number, size: Size) => boolean;
  /** Makes an animation of files that `encode` made; absent where the format keeps none. */
  readonly join?: (frames: readonly EncodedFrame[], options: JoinOptions) => Uint8Array;
  /** As for a decoder. */
  readonly wasmBytes: number;
}

/** `part` of the planes at the size `size`. */
export interface ResampledPlanes {
  readonly source: DecodedPlanes;
  readonly part: Part;
  readonly size: Size;
}

/** A frame as a file of its own, all of the canvas. */
export interface EncodedFrame {
  readonly file: Uint8Array;
  readonly delayMillis: number;
}

export interface JoinOptions {
  /** How often the animation is shown; 0 is without end. */
  readonly plays: number;
  readonly icc?: Uint8Array;
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
): DecodedPixels & { readonly rgba: Uint8Array } {
  const bitmap = allocateBitmap(workspace, width, height, opaque);
  return { samples: "pixels", workspace, bitmap, rgba: rgbaOf({ workspace, bitmap }) };
}

/** Four bytes a pixel, 8 bits a channel, straight alpha. Valid until the memory next grows. */
export function rgbaOf({ workspace, bitmap }: Picture): Uint8Array {
  return bytesAt(workspace, bitmap.pointer, bitmap.width * bitmap.height * 4);
}
