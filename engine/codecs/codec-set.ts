import type { EngineModules } from "../modules.ts";
import { createHeap } from "../pixels/heap.ts";
import { createWorkspace, type Workspace } from "../pixels/workspace.ts";
import { AvifDecoder } from "./avif/decoder.ts";
import { AvifEncoder } from "./avif/encoder.ts";
import type { Decoders, Encoders } from "./codec.ts";
import { GifDecoder } from "./gif/decoder.ts";
import { JpegDecoder } from "./jpeg/decoder.ts";
import { jpegEncoder } from "./jpeg/encoder.ts";
import { PngDecoder } from "./png/decoder.ts";
import { PngEncoder } from "./png/encoder.ts";
import { WebpDecoder } from "./webp/decoder.ts";
import { WebpEncoder } from "./webp/encoder.ts";

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
