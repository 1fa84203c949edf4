import type { ImageInfo } from "../../../core/image/image-info.ts";

/** A picture that renditions can be made of, wherever it came from: it lies in R2 and never changes there. */
export interface Source {
  /** SHA-256 of its bytes in hex: what is made of equal bytes is made once. */
  readonly hash: string;
  /** Where it lies. */
  readonly key: string;
  readonly bytes: number;
  readonly info: ImageInfo;
  /** Epoch milliseconds at which its origin has to be asked again; Infinity for one that is stored here. */
  readonly freshUntil: number;
}
