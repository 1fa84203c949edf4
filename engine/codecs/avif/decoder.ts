import { decodesInPlanes } from "../../../core/image/avif/format.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import type { Result } from "../../../core/result.ts";
import { err, ok } from "../../../core/result.ts";
import type { Decoded, DecodeRequest, Decoder } from "../codec.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { readAvif } from "./container.ts";
import { decodeWithLibavif } from "./libavif.ts";
import { decodePlanes } from "./planes.ts";

/** Both modules are compiled beforehand: workerd compiles nothing from bytes. */
export interface AvifModules {
  /** `ogv-decoder-video-av1-simd-wasm.wasm` of ogv. */
  readonly dav1d: WebAssembly.Module;
  /** `avif_dec.wasm` of @jsquash/avif. */
  readonly libavif: WebAssembly.Module;
}

/**
 * AVIF as stored, `irot` and `imir` not applied: opaque 8-bit 4:2:0 through dav1d's planes, grids tile by tile;
 * all others through libavif, at full size. Each picture gets a fresh instance, so what a file does to a
 * decoder's memory harms no other picture.
 */
export class AvifDecoder implements Decoder {
  readonly #modules: AvifModules;
  /** The last instance made, kept only so that its memory is counted. */
  #spent: WasmInstance | undefined;

  constructor(modules: AvifModules) {
    this.#modules = modules;
  }

  get wasmBytes(): number {
    return this.#spent?.memory.buffer.byteLength ?? 0;
  }

  decode(source: Uint8Array, request: DecodeRequest, info: ImageInfo): Result<Decoded, Refusal> {
    const container = readAvif(source);
    if (!container.ok) return container;
    const onInstance = (instance: WasmInstance) => {
      this.#spent = instance;
    };
    const { dav1d, libavif } = this.#modules;
    try {
      const decoded: Result<Decoded, Refusal> =
        decodesInPlanes(info) && !request.asPixels
          ? decodePlanes(dav1d, source, request, info, onInstance)
          : decodeWithLibavif(libavif, source, request, info, onInstance);
      return decoded.ok ? ok({ ...decoded.value, ...container.value }) : decoded;
    } catch {
      return err({ reason: "render_crashed", stage: "avif decode" });
    }
  }
}
