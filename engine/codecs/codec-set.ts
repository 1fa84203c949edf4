import type { SourceFormat } from "../../core/image/formats.ts";
import type { Decoder } from "./codec.ts";
import { AvifDecoder } from "./avif/decoder.ts";
import { AvifEncoder } from "./avif/encoder.ts";
import { GifDecoder } from "./gif/decoder.ts";
import { JpegDecoder } from "./jpeg/decoder.ts";
import { PngDecoder } from "./png/decoder.ts";
import { PngEncoder } from "./png/encoder.ts";
import { WebpDecoder } from "./webp/decoder.ts";
import { WebpEncoder } from "./webp/encoder.ts";
import type { EngineModules } from "../modules.ts";
import { createHeap } from "../pixels/heap.ts";
import { createWorkspace, type Workspace } from "../pixels/workspace.ts";

/** Every codec of one engine, each instantiated when first used. To drop their memory, drop them all. */
export interface Codecs {
  readonly jpeg: JpegDecoder;
  readonly decoders: Readonly<Record<Exclude<SourceFormat, "jpeg">, Decoder>>;
  readonly png: PngEncoder;
  readonly webp: WebpEncoder;
  readonly avif: AvifEncoder;
  /** Where pictures are worked on whose decoder has no memory to share. */
  readonly workspace: () => Workspace;
  /** WASM memory held now, in bytes. */
  readonly wasmBytes: () => number;
}

export function createCodecs(modules: EngineModules): Codecs {
  let workspace: Workspace | undefined;
  const jpeg = new JpegDecoder({ decoder: modules.jpegDecoder, kernels: modules.pixels });
  const decoders = {
    png: new PngDecoder(modules.png),
    webp: new WebpDecoder(modules.webpDecoder),
    gif: new GifDecoder(),
    avif: new AvifDecoder(modules.avifDecoder),
  };
  const png = new PngEncoder(modules.png, modules.deflate);
  const webp = new WebpEncoder(modules.webpEncoder);
  const avif = new AvifEncoder(modules.avifEncoder);
  const instances = [jpeg, ...Object.values(decoders), png, webp, avif];
  return {
    jpeg,
    decoders,
    png,
    webp,
    avif,
    workspace: () => (workspace ??= createWorkspace(modules.pixels, createHeap())),
    wasmBytes: () =>
      instances.reduce(
        (sum, { wasmBytes }) => sum + wasmBytes,
        workspace?.memory.buffer.byteLength ?? 0,
      ),
  };
}
