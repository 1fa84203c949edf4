import { decodesInPlanes } from "../../../core/image/avif/format.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import type { Result } from "../../../core/result.ts";
import { err, ok } from "../../../core/result.ts";
import { DamagedSource, type Decoded, type DecodeRequest, type Decoder } from "../codec.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { isCutOff, readIcc } from "./container.ts";
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
 * all others through libavif, at full size, and pictures that make dav1d trap. Each picture gets a fresh instance, so
 * what a file does to a decoder's memory harms no other picture.
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
    const onInstance = (instance: WasmInstance) => {
      this.#spent = instance;
    };
    const { dav1d, libavif } = this.#modules;
    const isInPlanes = decodesInPlanes(info) && !request.asPixels;
    try {
      const decoded: Result<Decoded, Refusal> = isInPlanes
        ? decodePlanes(dav1d, source, request, info, onInstance)
        : decodeWithLibavif(libavif, source, request, info, onInstance);
      if (!decoded.ok) return err(isCutOff(source) ? asCutOff(decoded.error) : decoded.error);
      const icc = readIcc(source);
      return ok({ ...decoded.value, ...(icc && { icc }) });
    } catch {
      // This build of dav1d traps on some pictures that libavif decodes.
      if (isInPlanes) throw new DamagedSource();
      return err({ reason: "render_crashed", stage: "avif decode" });
    }
  }
}

/** Data that are not all there look damaged to a decoder. */
const asCutOff = (refusal: Refusal): Refusal =>
  refusal.reason === "corrupt_image"
    ? { reason: "truncated_image", detail: "the file ends inside its picture data" }
    : refusal;
