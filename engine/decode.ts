import type { ImageInfo } from "../core/image/image-info.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { limits } from "../core/limits.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Decoder } from "./codecs/codec.ts";
import type { Codecs } from "./codecs/codec-set.ts";
import { readCmykProfile } from "./colour/cmyk-profile.ts";
import { readJpegIcc } from "./codecs/jpeg/syntax/icc.ts";
import { hasMoreScansThan } from "./codecs/jpeg/syntax/markers.ts";
import type { JpegScale } from "./codecs/jpeg/scale.ts";
import { bitmapBytes, type Bitmap } from "./pixels/bitmap.ts";
import { bytesAt, type Workspace } from "./pixels/workspace.ts";

/** The source as pixels, in the memory in which its outputs will be made. */
export interface Decoded {
  readonly bitmap: Bitmap;
  /** So many pixels of the source, along each axis, are one of the bitmap. */
  readonly shrink: number;
  readonly workspace: Workspace;
  /** The embedded colour profile, when there is one. */
  readonly icc?: Uint8Array;
}

/** Decodes at the plan's shrink. A picture that is cut off or damaged is refused, never filled up with grey. */
export function decode(
  codecs: Codecs,
  source: Uint8Array,
  info: ImageInfo,
  shrink: number,
): Result<Decoded, Refusal> {
  const decoded =
    info.format === "jpeg"
      ? decodeJpeg(codecs, source, info, shrink)
      : decodeInto(codecs.workspace(), codecs.decoders[info.format], source, info, shrink);
  if (!decoded.ok) return decoded;
  const { width, height } = decoded.value.bitmap;
  if (width === Math.ceil(info.width / shrink) && height === Math.ceil(info.height / shrink)) {
    return decoded;
  }
  return err({
    reason: "corrupt_image",
    detail: "The picture's size is not what its header says",
  });
}

/** In the decoder's own memory: nothing is copied until the rendition's file. */
function decodeJpeg(
  codecs: Codecs,
  source: Uint8Array,
  info: ImageInfo,
  shrink: number,
): Result<Decoded, Refusal> {
  if (info.progressive && hasMoreScansThan(source, limits.jpegScansMax)) {
    return err({
      reason: "corrupt_image",
      detail: `The picture comes in more than ${limits.jpegScansMax} scans, which no encoder makes`,
    });
  }
  const icc = info.hasIcc ? readJpegIcc(source) : undefined;
  const isCmyk = info.colour === "cmyk";
  const cmykTable = isCmyk && icc ? readCmykProfile(icc) : undefined;
  const decoded = codecs.jpeg.decode(source, (8 / shrink) as JpegScale, cmykTable);
  if (!decoded.ok) return decoded;
  const { bitmap, workspace, damage } = decoded.value;
  if (damage === "truncated") {
    return err({ reason: "truncated_image", detail: "The file ends inside its picture" });
  }
  if (damage === "corrupt") {
    return err({ reason: "corrupt_image", detail: "The picture's data is damaged" });
  }
  // Inks have become sRGB by now, whatever else a profile says.
  return ok({ bitmap, shrink, workspace, ...(icc && !isCmyk && { icc }) });
}

function decodeInto(
  workspace: Workspace,
  decoder: Decoder,
  source: Uint8Array,
  info: ImageInfo,
  shrink: number,
): Result<Decoded, Refusal> {
  let pointer = 0;
  const allocate = (bytes: number) => {
    pointer = workspace.allocate(bitmapBytes(bytes / 4, 1));
    return bytesAt(workspace, pointer, bytes);
  };
  const decoded = decoder.decode(source, { shrinkMax: shrink, allocate }, info);
  if (!decoded.ok) return decoded;
  const { width, height, hasAlpha, icc } = decoded.value;
  const bitmap = { pointer, width, height, stride: width * 4, opaque: !hasAlpha };
  return ok({ bitmap, shrink, workspace, ...(icc && { icc }) });
}
