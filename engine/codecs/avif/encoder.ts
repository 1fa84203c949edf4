import avifEncoder from "@jsquash/avif/codec/enc/avif_enc.js";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { rgbaOf, type EncodeOptions, type Encoder, type Picture } from "../codec.ts";
import { withAvifIcc } from "./icc.ts";
import { instantiateEmscripten } from "../emscripten.ts";
import { WasmSlot } from "../wasm-slot.ts";
import type { WasmInstance } from "../wasm-slot.ts";

interface AvifFunctions {
  encode(data: Uint8Array, width: number, height: number, config: object): Uint8Array | null;
}

/**
 * libavif with libaom at its fastest useful speed, 4:2:0, 8 bits, one thread. It writes no colour
 * profile, so one is added to its file.
 */
export class AvifEncoder implements Encoder {
  readonly #slot: WasmSlot<AvifFunctions & WasmInstance>;

  /** `module`: `@jsquash/avif/codec/enc/avif_enc.wasm`. */
  constructor(module: WebAssembly.Module) {
    this.#slot = new WasmSlot(() => instantiateEmscripten<AvifFunctions>(avifEncoder, module));
  }

  get wasmBytes(): number {
    return this.#slot.wasmBytes;
  }

  encode(picture: Picture, { quality, icc }: EncodeOptions): Result<Uint8Array, Refusal> {
    const { width, height } = picture.bitmap;
    try {
      const config = { ...CONFIG, quality };
      const file = this.#slot.use((codec) => codec.encode(rgbaOf(picture), width, height, config));
      if (file === null) return err({ reason: "render_crashed", stage: "avif encode" });
      return ok(icc ? withAvifIcc(file, icc) : file);
    } catch {
      return err({ reason: "render_crashed", stage: "avif encode" });
    }
  }
}

/** All fields of the wrapper's options. Speed 9 of 10: speed 8 takes three times as long for 2 % of size. */
const CONFIG = {
  quality: 50,
  qualityAlpha: -1,
  denoiseLevel: 0,
  tileRowsLog2: 0,
  tileColsLog2: 0,
  speed: 9,
  /** 4:2:0. */
  subsample: 1,
  chromaDeltaQ: false,
  sharpness: 0,
  /** Automatic. */
  tune: 0,
  enableSharpYUV: false,
  bitDepth: 8,
  lossless: false,
};
