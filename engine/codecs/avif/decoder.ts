import avifDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import type { DecodeOptions, DecodedPicture, Decoder } from "../codec.ts";
import { instantiateEmscripten } from "../emscripten.ts";
import { WasmSlot } from "../wasm-slot.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { readAvif } from "./container.ts";

interface AvifFunctions {
  decode(
    data: Uint8Array,
    bitDepth: 8,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

/** AVIF of 8 to 12 bits through libavif, always at full size, as stored: `irot` and `imir` are the caller's. */
export class AvifDecoder implements Decoder {
  readonly #slot: WasmSlot<AvifFunctions & WasmInstance>;

  /** `module`: `@jsquash/avif/codec/dec/avif_dec.wasm`. */
  constructor(module: WebAssembly.Module) {
    this.#slot = new WasmSlot(() => instantiateEmscripten<AvifFunctions>(avifDecoder, module));
  }

  get wasmBytes(): number {
    return this.#slot.wasmBytes;
  }

  decode(
    bytes: Uint8Array,
    options: DecodeOptions,
    info: ImageInfo,
  ): Result<DecodedPicture, Refusal> {
    const container = readAvif(bytes);
    if (!container.ok) return container;
    try {
      const decoded = this.#slot.use((codec) => codec.decode(bytes, 8));
      if (decoded === null)
        return err({ reason: "corrupt_image", detail: "libavif refuses the data" });
      const { width, height, data } = decoded;
      if (width !== info.width || height !== info.height) {
        return err({ reason: "corrupt_image", detail: "another size than its header says" });
      }
      const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const rgba = options.allocate?.(pixels.length) ?? pixels;
      if (rgba !== pixels) rgba.set(pixels);
      return ok({ width, height, rgba, shrink: 1, hasAlpha: info.hasAlpha, ...container.value });
    } catch {
      return err({ reason: "render_crashed", stage: "avif decode" });
    }
  }
}
