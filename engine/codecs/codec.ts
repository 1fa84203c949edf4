import type { ImageInfo } from "../../core/image/image-info.ts";
import type { Refusal } from "../../core/image/refusal.ts";
import type { Result } from "../../core/result.ts";

/**
 * What every codec looks like to the render: bytes to RGBA and back, synchronously, so that one picture
 * is in memory at a time. Nothing that bytes can cause is thrown.
 */
export interface Decoder {
  /** `info` is what `probe` said of these bytes. */
  decode(
    bytes: Uint8Array,
    options: DecodeOptions,
    info: ImageInfo,
  ): Result<DecodedPicture, Refusal>;
  /** Linear memory this codec holds now, in bytes; 0 while it has no instance. */
  readonly wasmBytes: number;
}

export interface DecodeOptions {
  /**
   * The picture may come out smaller by a whole factor up to this, which the decoder chooses and says in
   * `DecodedPicture.shrink`. 1 asks for every pixel.
   */
  readonly shrinkMax: number;
  /** Where the pixels go: called once with the number of bytes wanted. Default: a fresh array. */
  readonly allocate?: (byteLength: number) => Uint8Array;
}

export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel, 8 bits a channel, alpha not premultiplied, rows without gaps. */
  readonly rgba: Uint8Array;
  /** `width` is the source's divided by this, rounded up; likewise `height`. */
  readonly shrink: number;
  /** False when every pixel is opaque by the format's own word. */
  readonly hasAlpha: boolean;
  /** The embedded ICC profile, when there is one. */
  readonly icc?: Uint8Array;
}

export interface Encoder<Options> {
  encode(picture: Picture, options: Options): Result<Uint8Array, Refusal>;
  /** As for a decoder. */
  readonly wasmBytes: number;
}

/** As `DecodedPicture.rgba` lies. A view into any memory will do: it is read once, before this returns. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}
