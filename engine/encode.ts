import type { ImageInfo } from "../core/image/image-info.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { describePicture } from "../core/plan/picture-description.ts";
import type { OutputPlan } from "../core/plan/render-plan.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { PictureFormat } from "../core/image/formats.ts";
import { rgbaOf, type Encoders, type Picture, type ResampledPlanes } from "./codecs/codec.ts";

/** What a rendition may carry apart from its pixels. */
export interface Attachments {
  /** A colour profile that the pixels cannot do without. */
  readonly icc?: Uint8Array;
  /** The source's EXIF block. */
  readonly exif?: Uint8Array;
}

export interface EncodeRequest {
  readonly encoders: Encoders;
  readonly picture: Picture;
  readonly output: OutputPlan;
  readonly attachments: Attachments;
  readonly source: { readonly info: ImageInfo; readonly bytes: number };
}

/** The finished pixels as a file, or as JSON that describes them. */
export function encode(request: EncodeRequest): Result<Uint8Array, Refusal> {
  const { transform, quality } = request.output;
  if (transform.format === "json") return ok(encodeDescription(request));
  const encodeAt = pictureEncoder(request, transform.format);
  if (transform.bytesMax === undefined) return encodeAt(quality);
  // A PNG has only one quality.
  const lowest = transform.format === "png" ? quality : 1;
  return encodeWithin(encodeAt, { lowest, highest: quality }, transform.bytesMax);
}

type EncodeAt = (quality: number) => Result<Uint8Array, Refusal>;

/** The highest quality whose file fits: eight encodes at most find it. */
function encodeWithin(
  encodeAt: EncodeAt,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
  bytesMax: number,
): Result<Uint8Array, Refusal> {
  let best: Uint8Array | undefined;
  let smallest = Infinity;
  let [low, high] = [lowest, highest];
  // The highest is tried first: mostly it fits.
  for (let quality = high; low <= high; quality = Math.floor((low + high) / 2)) {
    const encoded = encodeAt(quality);
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

function pictureEncoder(
  { encoders, picture, output, attachments }: EncodeRequest,
  format: PictureFormat,
): EncodeAt {
  const carried = carriedBy(output, attachments);
  return (quality) => encoders[format].encode(picture, { quality, ...carried });
}

/** What the output carries apart from its pixels. */
function carriedBy(
  { transform: { metadata: keep } }: OutputPlan,
  { icc, exif: tiff }: Attachments,
) {
  return {
    ...(icc && { icc }),
    ...(tiff && keep !== "none" && { exif: { tiff, keep } }),
  };
}

/** Planes as a file, without pixels; undefined where the encoder turns out not to support them. */
export function encodePlanes(
  encoders: Encoders,
  resampled: ResampledPlanes,
  output: OutputPlan,
  attachments: Attachments,
): Uint8Array | undefined {
  const { format } = output.transform;
  if (format === "json") return undefined;
  const options = { quality: output.quality, ...carriedBy(output, attachments) };
  return encoders[format].encodePlanes?.(resampled, options);
}

function encodeDescription({ picture, output, source }: EncodeRequest): Uint8Array {
  const { width, height } = picture.bitmap;
  const preview = { width, height, rgba: rgbaOf(picture) };
  const described = describePicture(source.info, source.bytes, output.size, preview);
  return new TextEncoder().encode(JSON.stringify(described));
}
