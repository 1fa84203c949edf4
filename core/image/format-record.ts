import type { PictureHeader } from "./header.ts";
import type { HeaderAnswer } from "./probe-answer.ts";
import type { Size } from "./size.ts";

/** All that the service knows of one format. Each record stands in `core/image/<format>/format.ts`. */
export interface FormatRecord {
  /** As people write it. */
  readonly title: string;
  readonly mediaType: string;
  /** Names that `format=` also takes for it. */
  readonly aliases: readonly string[];
  /** What its files hold and this service hands on. */
  readonly keeps: {
    readonly transparency: boolean;
    readonly animation: boolean;
    /** EXIF. */
    readonly metadata: boolean;
  };
  /** Every client in use shows it, whatever its `Accept` field names. */
  readonly isUniversal: boolean;
  /** Undefined: it is not read. */
  readonly source: SourceRecord | undefined;
  /** Undefined: it is not written. */
  readonly output: OutputRecord | undefined;
}

/** How a format is recognised and read. */
export interface SourceRecord {
  /** What a file begins with; empty where `brands` say it. */
  readonly signatures: readonly Signature[];
  /** For ISO base media files (ISO/IEC 14496-12 §4.3): any of these brands makes it this format. */
  readonly brands: readonly string[];
  /** For a format that an operator has to switch on: how, in a sentence. Undefined: it is always read. */
  readonly switchedOnBy: string | undefined;
  /** Whether it may hold an animation whose frames are read. */
  readonly hasFrames: boolean;
  /** `front` is where a header must be; `head` is all the bytes there are, for what stands at a file's end. */
  readonly probe: (front: Uint8Array, head: Uint8Array) => HeaderAnswer;
  /**
   * The whole factors by which its decoder may make a picture smaller for outputs that are smaller by
   * `ratio`, best first. The plan takes the first that fits into memory.
   */
  readonly shrinks: (ratio: number, header: PictureHeader) => readonly number[];
  /** What the decoder holds besides the pixels that it gives, as an upper bound. */
  readonly memory: (header: PictureHeader, shrink: number, sourceBytes: number) => DecoderMemory;
  /**
   * What the decoder holds where it gives planes, their samples included, as an upper bound; undefined for
   * pictures that it gives as pixels. Absent: it gives all as pixels.
   */
  readonly planesMemory?: (
    header: PictureHeader,
    needs: PlaneNeeds,
    sourceBytes: number,
  ) => number | undefined;
  /** Kinds of work that cost differently, in nanoseconds on the reference machine. */
  readonly nanos: Readonly<Record<string, SourceNanos>>;
  /** Which of the kinds in `nanos` a picture is. */
  readonly kindOf: (header: PictureHeader, shrink: number) => string;
}

export interface PlaneNeeds {
  readonly shrink: number;
  /** Rows of the source that must be there at once; Infinity for all of them. */
  readonly rowsAtOnce: number;
}

/** How a format is written. */
export interface OutputRecord {
  /** 1–100, where a request gives none. */
  readonly qualityDefault: number;
  /** Whether a lower quality makes a smaller file. */
  readonly hasQuality: boolean;
  /** Whether `format=auto` offers it to clients that name it in `Accept`, and up to how many pixels. */
  readonly auto: AutoOffer | undefined;
  /** What the encoder holds besides the pixels that it is given, as an upper bound. */
  readonly memory: (picture: EncodedPicture) => CodecMemory;
  /** Its WASM memory is its own, not the one that the pixels lie in. */
  readonly hasOwnMemory: boolean;
  /** Nanoseconds on the reference machine. */
  readonly nanos: { readonly file: number; readonly pixel: number };
}

/** Characters are bytes. */
export interface Signature {
  readonly prefix: string;
  /** What stands at offset `at` as well. */
  readonly later?: string;
  readonly at?: number;
}

/** Entropy decoding goes with the bytes of the file, reconstruction with the pixels of the source. */
export interface SourceNanos {
  readonly byte: number;
  readonly pixel: number;
}

export interface AutoOffer {
  /** Where a client weighs formats alike, the lowest wins. */
  readonly rank: number;
  readonly pixelsMax: number;
}

/**
 * What a codec holds at most, whatever the pixels are, from sizes alone: known before it is loaded. In
 * bytes, measured on the pinned codecs; a test compares the sums with the real memory.
 */
export interface CodecMemory {
  /** Linear memory, which never shrinks. */
  readonly wasm: number;
  /** What pixels and files take in JavaScript, until they are collected. */
  readonly heap: number;
}

export interface DecoderMemory extends CodecMemory {
  /** Part of `wasm` in the memory that the pixels lie in, which is free again when they are there. */
  readonly reusable: number;
}

export interface EncodedPicture extends Size {
  /** Some pixel may be transparent, in no simple pattern. */
  readonly hasAlpha: boolean;
  /** For WebP. */
  readonly lossless: boolean;
}
