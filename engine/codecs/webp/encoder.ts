import { formats } from "../../../core/image/formats.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { rgbaOf, type EncodeOptions, type Encoder, type Picture } from "../codec.ts";
import { OutOfMemory } from "../icodec.ts";
import { WasmSlot } from "../wasm-slot.ts";
import { joinWebp } from "./animation.ts";
import { LibwebpEncoder, type WebpOptions } from "./libwebp-encoder.ts";
import { withIcc } from "./with-icc.ts";

/** WebP's sides have 14 bits. */
const SIDE_MAX = 16_383;
/** The quality that keeps every pixel as it is. */
const LOSSLESS = 100;

/** libwebp with SIMD, at the effort (method 4) that other services and libvips use; lossless at quality 100. */
export class WebpEncoder implements Encoder {
  readonly #slot: WasmSlot<LibwebpEncoder>;

  /** `module`: `webp-enc.wasm` of `icodec`. */
  constructor(module: WebAssembly.Module) {
    this.#slot = new WasmSlot(() => new LibwebpEncoder(module));
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
    const isLossless = quality === LOSSLESS;
    const options = {
      ...OPTIONS,
      quality,
      lossless: Number(isLossless),
      lowMemory: Number(width * height > limits.webpHeldPixelsMax),
    };
    const bytesMax = formats.webp.output.memory({
      width,
      height,
      hasAlpha: !picture.bitmap.opaque,
      lossless: isLossless,
    }).wasm;
    const fill = (rgba: Uint8Array) => rgba.set(rgbaOf(picture));
    try {
      const file = this.#slot.use((codec) => codec.encode(picture.bitmap, options, bytesMax, fill));
      return ok(icc === undefined ? file : withIcc(file, icc));
    } catch (cause) {
      return cause instanceof OutOfMemory
        ? err({ reason: "over_memory_plan", bytes: bytesMax, bytesMax })
        : err({ reason: "render_crashed", stage: "webp encode" });
    }
  }
}

/** libwebp's own defaults. */
const OPTIONS: WebpOptions = {
  lossless: 0,
  quality: 75,
  method: 4,
  imageHint: 0,
  targetSize: 0,
  targetPSNR: 0,
  segments: 4,
  snsStrength: 50,
  filterStrength: 60,
  filterSharpness: 0,
  filterType: 1,
  autofilter: 0,
  alphaCompression: 1,
  alphaFiltering: 1,
  alphaQuality: 100,
  pass: 1,
  showCompressed: 0,
  preprocessing: 0,
  partitions: 0,
  partitionLimit: 0,
  emulateJpegSize: 0,
  lowMemory: 0,
  nearLossless: 100,
  exact: 0,
  useDeltaPalette: 0,
  sharpYUV: 0,
};
