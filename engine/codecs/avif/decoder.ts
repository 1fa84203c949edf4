import avifDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { newPicture, type Decoded, type DecodeRequest, type Decoder } from "../codec.ts";
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
    { workspace }: DecodeRequest,
    info: ImageInfo,
  ): Result<Decoded, Refusal> {
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
      const opaque = !info.hasAlpha;
      const { rgba, ...picture } = newPicture(workspace, { width, height, opaque });
      rgba.set(data);
      return ok({ ...picture, ...container.value });
    } catch {
      return err({ reason: "render_crashed", stage: "avif decode" });
    }
  }
}
