import avifDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { newPicture, type DecodeRequest, type Picture } from "../codec.ts";
import { instantiateEmscripten } from "../emscripten.ts";
import type { WasmInstance } from "../wasm-slot.ts";

interface AvifFunctions {
  decode(
    data: Uint8Array,
    bitDepth: 8,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

/** Any AVIF of 8 to 12 bits, at full size. Throws where the codec traps. */
export function decodeWithLibavif(
  module: WebAssembly.Module,
  source: Uint8Array,
  { workspace }: DecodeRequest,
  info: ImageInfo,
  onInstance: (instance: WasmInstance) => void,
): Result<Picture, Refusal> {
  const codec = instantiateEmscripten<AvifFunctions>(avifDecoder, module);
  onInstance(codec);
  const decoded = codec.decode(source, 8);
  if (decoded === null) return err({ reason: "corrupt_image", detail: "libavif refuses the data" });
  const { width, height, data } = decoded;
  if (width !== info.width || height !== info.height) {
    return err({ reason: "corrupt_image", detail: "another size than its header says" });
  }
  const { rgba, ...picture } = newPicture(workspace, { width, height, opaque: !info.hasAlpha });
  rgba.set(data);
  return ok(picture);
}
