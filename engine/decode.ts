import type { ImageInfo } from "../core/image/image-info.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Decoded } from "./codecs/codec.ts";
import type { Codecs } from "./codecs/codec-set.ts";

/** A decoded picture, and what it is the picture of. */
export interface DecodedSource extends Decoded {
  readonly info: ImageInfo;
  /** Pixels of the source, along each axis, that are one of the bitmap. */
  readonly shrink: number;
}

/**
 * The picture, smaller by the whole factor `shrink`. One that is cut off or damaged is refused, never
 * filled up with grey; so is one whose size is not what its header says.
 */
export function decode(
  { decoders, workspace }: Codecs,
  source: Uint8Array,
  info: ImageInfo,
  shrink: number,
): Result<DecodedSource, Refusal> {
  const decoded = decoders[info.format].decode(source, { shrink, workspace }, info);
  if (!decoded.ok) return decoded;
  const { width, height } = decoded.value.bitmap;
  if (width === Math.ceil(info.width / shrink) && height === Math.ceil(info.height / shrink)) {
    return ok({ ...decoded.value, info, shrink });
  }
  return err({
    reason: "corrupt_image",
    detail: "The picture's size is not what its header says",
  });
}
