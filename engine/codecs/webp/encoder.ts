import webpEncoder from "@jsquash/webp/codec/enc/webp_enc_simd.js";
import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { rgbaOf, type EncodeOptions, type Encoder, type Picture } from "../codec.ts";
import { instantiateEmscripten } from "../emscripten.ts";
import { WasmSlot } from "../wasm-slot.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { joinWebp } from "./animation.ts";
import { withIcc } from "./with-icc.ts";

interface WebpFunctions {
  encode(data: Uint8Array, width: number, height: number, config: object): Uint8Array | null;
}

/** WebP's sides have 14 bits. */
const SIDE_MAX = 16_383;
/** The quality that keeps every pixel as it is. */
const LOSSLESS = 100;

/** libwebp with SIMD, at the effort (method 4) that other services and libvips use; lossless at quality 100. */
export class WebpEncoder implements Encoder {
  readonly #slot: WasmSlot<WebpFunctions & WasmInstance>;

  /** `module`: `@jsquash/webp/codec/enc/webp_enc_simd.wasm`. */
  constructor(module: WebAssembly.Module) {
    this.#slot = new WasmSlot(() => instantiateEmscripten<WebpFunctions>(webpEncoder, module));
  }

  get wasmBytes(): number {
    return this.#slot.wasmBytes;
  }

  readonly join = joinWebp;
  readonly halvesChroma = (quality: number): boolean => quality < LOSSLESS;

  encode(picture: Picture, { quality, icc }: EncodeOptions): Result<Uint8Array, Refusal> {
    const { width, height } = picture.bitmap;
    if (width > SIDE_MAX || height > SIDE_MAX) {
      return err({ reason: "output_too_large", width, height });
    }
    const config = {
      ...CONFIG,
      quality,
      lossless: quality === LOSSLESS ? 1 : 0,
      low_memory: width * height > limits.webpHeldPixelsMax ? 1 : 0,
    };
    try {
      const file = this.#slot.use((codec) => codec.encode(rgbaOf(picture), width, height, config));
      if (file === null) return err({ reason: "render_crashed", stage: "webp encode" });
      return ok(icc === undefined ? file : withIcc(file, icc));
    } catch {
      return err({ reason: "render_crashed", stage: "webp encode" });
    }
  }
}

/** libwebp's `WebPConfig` (encode.h), all of whose fields must be given: its own defaults. */
const CONFIG = {
  quality: 80,
  target_size: 0,
  target_PSNR: 0,
  method: 4,
  sns_strength: 50,
  filter_strength: 60,
  filter_sharpness: 0,
  filter_type: 1,
  partitions: 0,
  segments: 4,
  pass: 1,
  show_compressed: 0,
  preprocessing: 0,
  autofilter: 0,
  partition_limit: 0,
  alpha_compression: 1,
  alpha_filtering: 1,
  alpha_quality: 100,
  lossless: 0,
  exact: 0,
  image_hint: 0,
  emulate_jpeg_size: 0,
  thread_level: 0,
  low_memory: 0,
  near_lossless: 100,
  use_delta_palette: 0,
  use_sharp_yuv: 0,
};
