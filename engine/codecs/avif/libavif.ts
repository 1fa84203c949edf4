import avifDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import { formats } from "../../../core/image/formats.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { newPicture, type DecodedPixels, type DecodeRequest } from "../codec.ts";
import { instantiateEmscripten, type EmscriptenInstance } from "../emscripten.ts";
import type { WasmInstance } from "../wasm-slot.ts";

interface AvifFunctions {
  decode(
    data: Uint8Array,
    bitDepth: 8,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

/**
 * Any AVIF of 8 to 12 bits, at full size and never in more memory than the plan says. Throws where the codec
 * traps.
 */
export function decodeWithLibavif(
  module: WebAssembly.Module,
  source: Uint8Array,
  { workspace }: DecodeRequest,
  info: ImageInfo,
  onInstance: (instance: WasmInstance) => void,
): Result<DecodedPixels, Refusal> {
  const bytesMax = formats.avif.source.memory(info, 1, source.length).wasm;
  const codec = instantiateEmscripten<AvifFunctions>(avifDecoder, module, bytesMax);
  onInstance(codec);
  const decoded = decodeOrThrow(codec, source);
  if (codec.isFull) return err({ reason: "over_memory_plan", bytes: bytesMax, bytesMax });
  if (!decoded) return err({ reason: "corrupt_image", detail: "libavif refuses the data" });
  const { width, height, data } = decoded;
  if (width !== info.width || height !== info.height) {
    return err({ reason: "corrupt_image", detail: "another size than its header says" });
  }
  const { rgba, ...picture } = newPicture(workspace, { width, height, opaque: !info.hasAlpha });
  rgba.set(data);
  return ok(picture);
}

/** Whether libavif decodes the file at all, whatever the plan says; with up to a gibibyte. */
export function isReadByLibavif(module: WebAssembly.Module, source: Uint8Array): boolean {
  const codec = instantiateEmscripten<AvifFunctions>(avifDecoder, module, 2 ** 30);
  try {
    return codec.decode(source, 8) !== null;
  } catch {
    return false;
  }
}

/** An allocation that fails ends in a trap; what it was for is lost either way. */
function decodeOrThrow(codec: AvifFunctions & EmscriptenInstance, source: Uint8Array) {
  try {
    return codec.decode(source, 8);
  } catch (cause) {
    if (codec.isFull) return null;
    throw cause;
  }
}
