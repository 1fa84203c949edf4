import type { ImageInfo } from "../core/image/image-info.ts";
import { describePicture } from "../core/plan/picture-description.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { OutputPlan } from "../core/plan/render-plan.ts";
import type { PictureFormat } from "../core/image/formats.ts";
import { withAvifIcc } from "./codecs/avif/icc.ts";
import { exifSegment } from "./codecs/exif.ts";
import { encodeJpeg } from "./codecs/jpeg/encoder.ts";
import { jpegIccSegments } from "./codecs/jpeg/syntax/icc.ts";
import type { Codecs } from "./codecs/codec-set.ts";
import type { Bitmap } from "./pixels/bitmap.ts";
import { bytesAt, type Workspace } from "./pixels/workspace.ts";

/** What a rendition may carry beside its pixels. */
export interface Attachments {
  /** A colour profile that the pixels cannot do without. */
  readonly icc?: Uint8Array;
  /** The source's EXIF block. */
  readonly exif?: Uint8Array;
}

export interface EncodeRequest {
  readonly codecs: Codecs;
  readonly workspace: Workspace;
  readonly bitmap: Bitmap;
  readonly output: OutputPlan;
  readonly attachments: Attachments;
  readonly source: { readonly info: ImageInfo; readonly bytes: number };
}

/** The finished pixels as a file, or as the words that describe them. */
export function encode(request: EncodeRequest): Result<Uint8Array, Refusal> {
  const { transform, quality } = request.output;
  if (transform.format === "json") return ok(encodeDescription(request));
  const { format } = transform;
  return transform.bytesMax === undefined
    ? encodePicture(request, format, quality)
    : encodeWithin(request, format, transform.bytesMax);
}

/** The highest quality up to the one asked for whose file fits: seven encodes find it. */
function encodeWithin(
  request: EncodeRequest,
  format: PictureFormat,
  bytesMax: number,
): Result<Uint8Array, Refusal> {
  let best: Uint8Array | undefined;
  let smallest = Infinity;
  let high = request.output.quality;
  // A PNG has but one quality.
  let low = format === "png" ? high : 1;
  // The quality asked for is tried first: mostly it fits.
  for (let quality = high; low <= high; quality = Math.floor((low + high) / 2)) {
    const encoded = encodePicture(request, format, quality);
    if (!encoded.ok) return encoded;
    smallest = Math.min(smallest, encoded.value.length);
    if (encoded.value.length <= bytesMax) {
      best = encoded.value;
      low = quality + 1;
    } else {
      high = quality - 1;
    }
  }
  return best ? ok(best) : err({ reason: "over_max_bytes", bytes: smallest, bytesMax });
}

function encodePicture(
  { codecs, workspace, bitmap, output, attachments: { icc, exif } }: EncodeRequest,
  format: PictureFormat,
  quality: number,
): Result<Uint8Array, Refusal> {
  if (format === "jpeg") {
    const { metadata } = output.transform;
    const kept = exif && metadata !== "none" ? exifSegment(exif, metadata) : undefined;
    const segments = [...(kept ? [kept] : []), ...(icc ? [jpegIccSegments(icc)] : [])];
    return ok(encodeJpeg(workspace, bitmap, { quality, subsampling: "4:2:0", segments }));
  }
  const { width, height, pointer } = bitmap;
  const picture = { width, height, rgba: bytesAt(workspace, pointer, width * height * 4) };
  switch (format) {
    case "png":
      return codecs.png.encode(picture, { ...(icc && { icc }) });
    case "webp":
      return codecs.webp.encode(picture, {
        quality,
        lossless: quality === 100,
        ...(icc && { icc }),
      });
    case "avif": {
      const encoded = codecs.avif.encode(picture, { quality });
      return encoded.ok && icc ? ok(withAvifIcc(encoded.value, icc)) : encoded;
    }
  }
}

function encodeDescription({ workspace, bitmap, output, source }: EncodeRequest): Uint8Array {
  const { width, height, pointer } = bitmap;
  const rgba = bytesAt(workspace, pointer, width * height * 4);
  const preview = { width, height, rgba };
  const described = describePicture(source.info, source.bytes, output.size, preview);
  return new TextEncoder().encode(JSON.stringify(described));
}
