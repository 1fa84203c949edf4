import { latin1At, viewOf } from "../core/image/bytes.ts";
import type { ImageInfo } from "../core/image/image-info.ts";
import { afterSubBlocks, colourTableBytes } from "../core/image/probe-gif.ts";
import type { Refusal } from "../core/image/refusal.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { DecodableFormat } from "../core/transform/plan.ts";

/**
 * The bytes that a decoder needs for the (first) picture, in order. Metadata, and whatever follows the
 * picture, are left out: they are neither copied nor inflated, and a decoder that stumbles over them
 * cannot refuse a sound picture.
 *
 * Refuses a file that ends before its picture does, which decoders answer with grey pixels. Wants
 * bytes that `probe` has called an image of this format; what lies between is the decoder's to judge.
 */
export function pictureData(
  source: Uint8Array,
  format: DecodableFormat,
  info: Pick<ImageInfo, "width" | "height">,
): Result<readonly Uint8Array[], Refusal> {
  const parts = walks[format](source, info);
  if (parts) return ok(parts);
  return err({
    reason: "truncated_image",
    detail: `The file ends after ${source.length} bytes, inside its picture`,
  });
}

/** Undefined where the bytes run out. */
type Walk = (
  source: Uint8Array,
  info: Pick<ImageInfo, "width" | "height">,
) => readonly Uint8Array[] | undefined;

const walks: Record<DecodableFormat, Walk> = {
  jpeg: walkJpeg,
  png: walkPng,
  webp: walkWebp,
  gif: walkGif,
};

/** Segments and scans up to EOI (ITU-T T.81 Annex B); bytes that belong to neither are dropped. */
function walkJpeg(source: Uint8Array): readonly Uint8Array[] | undefined {
  const view = viewOf(source);
  const parts = [source.subarray(0, 2)];
  let isInScan = false;
  for (let from = 2; ;) {
    const at = nextMarker(source, from);
    if (at === undefined) return undefined;
    if (isInScan) parts.push(source.subarray(from, at));

    const marker = view.getUint8(at + 1);
    if (marker === EOI) return [...parts, source.subarray(at, at + 2)];
    if (at + 4 > source.length) return undefined;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > source.length) return undefined;
    if (!isJpegMetadata(marker)) parts.push(source.subarray(at, end));
    isInScan = marker === SOS;
    from = end;
  }
}

const SOS = 0xda;
const EOI = 0xd9;

/** Entropy-coded data may hold stuffed zeros, fill bytes and restart markers; none of them ends it. */
function nextMarker(source: Uint8Array, from: number): number | undefined {
  let at = source.indexOf(0xff, from);
  while (at !== -1 && at + 1 < source.length) {
    const code = source[at + 1] ?? 0;
    const isInsideScan = code === 0x00 || (code >= 0xd0 && code <= 0xd7);
    if (code !== 0xff && !isInsideScan) return at;
    at = source.indexOf(0xff, at + (isInsideScan ? 2 : 1));
  }
  return undefined;
}

/** Comments and application data, but for JFIF (APP0) and Adobe (APP14), which say how colour is coded. */
const isJpegMetadata = (marker: number) =>
  marker === 0xfe || (marker > 0xe0 && marker <= 0xef && marker !== 0xee);

/** Chunks up to IEND (PNG, third edition, §5). */
function walkPng(source: Uint8Array): readonly Uint8Array[] | undefined {
  const view = viewOf(source);
  const parts: Uint8Array[] = [];
  let keptFrom = 0;
  for (let chunk = 8; chunk + 12 <= source.length;) {
    const end = chunk + 12 + view.getUint32(chunk);
    if (end > source.length) return undefined;
    const type = latin1At(source, chunk + 4, 4);
    if (type === "IEND") return [...parts, source.subarray(keptFrom, end)];
    if (isPngMetadata(type)) {
      parts.push(source.subarray(keptFrom, chunk));
      keptFrom = end;
    }
    chunk = end;
  }
  return undefined;
}

/** A small first letter marks a chunk as ancillary (§5.4). Of those only tRNS is in the pixels. */
const isPngMetadata = (type: string) => /^[a-z]/.test(type) && type !== "tRNS";

/** The RIFF container says how long it is (RFC 9649 §2.4). */
function walkWebp(source: Uint8Array): readonly Uint8Array[] | undefined {
  const end = 8 + viewOf(source).getUint32(4, true);
  return end <= source.length ? [source.subarray(0, end)] : undefined;
}

/** Blocks up to the end of the first picture (GIF89a §§17–27), on the screen that `probe` has found. */
function walkGif(
  source: Uint8Array,
  info: Pick<ImageInfo, "width" | "height">,
): readonly Uint8Array[] | undefined {
  let at: number | undefined = screenEnd + colourTableBytes(source[10] ?? 0);
  while (at !== undefined && source[at] === 0x21) at = afterSubBlocks(source, at + 2);
  if (at === undefined) return undefined;
  const end = afterSubBlocks(source, at + 10 + colourTableBytes(source[at + 9] ?? 0) + 1);
  if (end === undefined) return undefined;

  const screen = source.slice(0, screenEnd);
  viewOf(screen).setUint16(6, info.width, true);
  viewOf(screen).setUint16(8, info.height, true);
  return [screen, source.subarray(screenEnd, end)];
}

const screenEnd = 13;
