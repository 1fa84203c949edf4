import type { SourceFormat } from "../../../core/image/formats.ts";
import { pictureInfo } from "../../core/image/picture-info.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, type Result } from "../../../core/result.ts";
import { AvifDecoder } from "../../../engine/codecs/avif/decoder.ts";
import { AvifEncoder } from "../../../engine/codecs/avif/encoder.ts";
import {
  DamagedSource,
  type Decoded,
  type Decoder,
  type Encoder,
  type EncodeOptions,
} from "../../../engine/codecs/codec.ts";
import { decodeRequest, load, newWorkspace, storedPixels } from "../pixels/fixtures.ts";
import { GifDecoder } from "../../../engine/codecs/gif/decoder.ts";
import { PngDecoder } from "../../../engine/codecs/png/decoder.ts";
import { PngEncoder } from "../../../engine/codecs/png/encoder.ts";
import { WebpDecoder } from "../../../engine/codecs/webp/decoder.ts";
import { WebpEncoder } from "../../../engine/codecs/webp/encoder.ts";
import { loadEngineModules } from "../../../engine/modules-node.ts";

const modules = await loadEngineModules();

export const newPngDecoder = () => new PngDecoder(modules.png);
export const newPngEncoder = () => new PngEncoder(modules.png, modules.deflate);
export const newGifDecoder = () => new GifDecoder();
export const newWebpDecoder = () => new WebpDecoder(modules.webp);
export const newWebpEncoder = () => new WebpEncoder(modules.webpEncoder);
export const newAvifDecoder = () =>
  new AvifDecoder({ dav1d: modules.dav1d, libavif: modules.avifDecoder });
export const newAvifEncoder = () => new AvifEncoder(modules.avifEncoder);

/** What `probe` would say, as far as decoders ask. */
export const infoOf = (format: SourceFormat, width: number, height: number): ImageInfo =>
  pictureInfo({ format, width, height });

/** The picture's own bytes, where refusing it would be a fault. */
export function decoded(
  decoder: Decoder,
  bytes: Uint8Array,
  { shrink = 1, info = infoOf("png", 1, 1), asPixels = true } = {},
) {
  const result = decode(decoder, bytes, { shrink, info, asPixels });
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  const { icc, samples } = result.value;
  const hasAlpha = result.value.samples === "pixels" && !result.value.bitmap.opaque;
  return { ...storedPixels({ ...result.value, info, shrink }), hasAlpha, samples, icc };
}

/** Decodes in a fresh workspace, to pixels where the decoder has a choice; planes to their end. */
export function decode(
  decoder: Decoder,
  bytes: Uint8Array,
  { shrink = 1, info = infoOf("png", 1, 1), asPixels = true } = {},
): Result<Decoded, Refusal> {
  const result = decoder.decode(bytes, decodeRequest(info, { shrink, asPixels }), info);
  try {
    if (result.ok && result.value.samples === "planes") result.value.finish();
    return result;
  } catch (cause) {
    if (cause instanceof DamagedSource && cause.refusal) return err(cause.refusal);
    throw cause;
  }
}

/** Encodes pixels that lie in no workspace yet. */
export function encode(
  encoder: Encoder,
  { width, height, rgba }: { width: number; height: number; rgba: Uint8Array },
  options: Partial<EncodeOptions> = {},
) {
  const workspace = newWorkspace();
  const bitmap = load(workspace, rgba, width, height, false);
  return encoder.encode({ workspace, bitmap }, { quality: 80, ...options });
}

/** The refusal's reason, or "decoded". */
export function outcome(
  decoder: Decoder,
  bytes: Uint8Array,
  info = infoOf("png", 1, 1),
  asPixels = true,
): string {
  const result = decode(decoder, bytes, { info, asPixels });
  return result.ok ? "decoded" : result.error.reason;
}
