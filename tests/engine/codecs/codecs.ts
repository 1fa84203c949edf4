import type { SourceFormat } from "../../../core/image/formats.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { AvifDecoder } from "../../../engine/codecs/avif/decoder.ts";
import { AvifEncoder } from "../../../engine/codecs/avif/encoder.ts";
import type { DecodedPicture, DecodeOptions, Decoder } from "../../../engine/codecs/codec.ts";
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
export const newWebpDecoder = () => new WebpDecoder(modules.webpDecoder);
export const newWebpEncoder = () => new WebpEncoder(modules.webpEncoder);
export const newAvifDecoder = () => new AvifDecoder(modules.avifDecoder);
export const newAvifEncoder = () => new AvifEncoder(modules.avifEncoder);

export const everyPixel: DecodeOptions = { shrinkMax: 1 };

/** What `probe` would say, as far as decoders ask. */
export function infoOf(format: SourceFormat, width: number, height: number): ImageInfo {
  return {
    format,
    width,
    height,
    orientation: 1,
    hasAlpha: false,
    frames: 1,
    bitDepth: 8,
    progressive: false,
    colour: "rgb",
    lossless: format === "png" || format === "gif",
    samplesPerPixel: 0,
    hasIcc: false,
  };
}

/** The picture, where refusing it would be a fault. */
export function decoded(
  decoder: Decoder,
  bytes: Uint8Array,
  { options = everyPixel, info = infoOf("png", 1, 1) } = {},
): DecodedPicture {
  const result = decoder.decode(bytes, options, info);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** The refusal's reason, or "decoded". */
export function outcome(decoder: Decoder, bytes: Uint8Array, info = infoOf("png", 1, 1)): string {
  const result = decoder.decode(bytes, everyPixel, info);
  return result.ok ? "decoded" : result.error.reason;
}
