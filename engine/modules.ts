import type { Deflate } from "./codecs/png/encoder.ts";

/**
 * What an engine runs on: compiled codecs and the platform's zlib. Workers may not compile WebAssembly
 * from bytes, so the modules come in the way each platform allows: `modules-worker.ts` imports them,
 * `modules-node.ts` reads and compiles them. Each is instantiated when it is first needed.
 */
export interface EngineModules {
  /** `engine/kernels/pixels.wasm`: JPEG, resample, effects. */
  readonly pixels: WebAssembly.Module;
  /** `engine/kernels/png.wasm` */
  readonly png: WebAssembly.Module;
  /** `jpeg-turbo.wasm` of @cwasm/jpeg-turbo */
  readonly jpegDecoder: WebAssembly.Module;
  /** `engine/kernels/webp.wasm`: the decoder. */
  readonly webp: WebAssembly.Module;
  /** `webp_enc_simd.wasm` of @jsquash/webp */
  readonly webpEncoder: WebAssembly.Module;
  /** `ogv-decoder-video-av1-simd-wasm.wasm` of ogv */
  readonly dav1d: WebAssembly.Module;
  /** `avif_dec.wasm` and `avif_enc.wasm` of @jsquash/avif */
  readonly avifDecoder: WebAssembly.Module;
  readonly avifEncoder: WebAssembly.Module;
  /** `deflateSync` of `node:zlib`: Node has it, and so have Workers with nodejs_compat. */
  readonly deflate: Deflate;
}
