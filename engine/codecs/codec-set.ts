import { createHeap } from "../pixels/heap.ts";
import { createWorkspace, type Workspace } from "../pixels/workspace.ts";
import { AvifDecoder } from "./avif/decoder.ts";
import { AvifEncoder } from "./avif/encoder.ts";
import type { Decoders, Encoders } from "./codec.ts";
import { GifDecoder } from "./gif/decoder.ts";
import { HeicDecoder } from "./heic/decoder.ts";
import type { HeicLibrary } from "./heic/libheif.ts";
import { JpegDecoder } from "./jpeg/decoder.ts";
import { jpegEncoder } from "./jpeg/encoder.ts";
import { PngDecoder } from "./png/decoder.ts";
import { PngEncoder, type Deflate } from "./png/encoder.ts";
import { WebpDecoder } from "./webp/decoder.ts";
import { WebpEncoder } from "./webp/encoder.ts";

/** The files of the compiled modules, by their names here; paths are from `engine/`. */
export const moduleFiles = {
  pixels: "./kernels/pixels.wasm",
  png: "./kernels/png.wasm",
  jpegDecoder: "@cwasm/jpeg-turbo/jpeg-turbo.wasm",
  webp: "./kernels/webp.wasm",
  webpEncoder: "icodec/webp-enc.wasm",
  dav1d: "ogv/dist/ogv-decoder-video-av1-simd-wasm.wasm",
  avifDecoder: "@jsquash/avif/codec/dec/avif_dec.wasm",
  avifEncoder: "icodec/avif-enc.wasm",
} as const;

/**
 * What an engine runs on: compiled codecs and the platform's zlib. Workers may not compile WebAssembly
 * from bytes, so the modules come in the way each platform allows: `modules-worker.ts` imports them,
 * `modules-node.ts` reads and compiles them. Each is instantiated when it is first needed.
 */
export interface EngineModules extends Readonly<
  Record<keyof typeof moduleFiles, WebAssembly.Module>
> {
  /** Undefined where HEIC is not switched on. */
  readonly heic: HeicLibrary | undefined;
  /** `deflateSync` of `node:zlib`: Node has it, and so have Workers with nodejs_compat. */
  readonly deflate: Deflate;
}

/** Every codec of one engine, and the memory they share. To drop their memory, drop them all. */
export interface Codecs {
  readonly decoders: Decoders;
  readonly encoders: Encoders;
  readonly workspace: Workspace;
  /** Frees all that lies in the workspace. */
  readonly reset: () => void;
  /** WASM memory held now, in bytes. */
  readonly wasmBytes: () => number;
}

export function createCodecs(modules: EngineModules): Codecs {
  const decoders: Decoders = {
    jpeg: new JpegDecoder({ decoder: modules.jpegDecoder, kernels: modules.pixels }),
    png: new PngDecoder(modules.png),
    webp: new WebpDecoder(modules.webp),
    gif: new GifDecoder(),
    avif: new AvifDecoder({ dav1d: modules.dav1d, libavif: modules.avifDecoder }),
    heic: new HeicDecoder(modules.heic),
  };
  const encoders: Encoders = {
    jpeg: jpegEncoder,
    png: new PngEncoder(modules.png, modules.deflate),
    webp: new WebpEncoder(modules.webpEncoder),
    avif: new AvifEncoder(modules.avifEncoder),
  };
  const heap = createHeap();
  const workspace = createWorkspace(modules.pixels, heap);
  const instances = [...Object.values(decoders), ...Object.values(encoders)];
  return {
    decoders,
    encoders,
    workspace,
    reset: heap.freeAll,
    wasmBytes: () =>
      instances.reduce((sum, { wasmBytes }) => sum + wasmBytes, workspace.memory.buffer.byteLength),
  };
}
