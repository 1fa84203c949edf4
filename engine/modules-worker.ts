import { heic } from "#heic";
import { deflateSync } from "node:zlib";
import avifDecoder from "@jsquash/avif/codec/dec/avif_dec.wasm";
import avifEncoder from "icodec/avif-enc.wasm";
import webpEncoder from "icodec/webp-enc.wasm";
import jpegDecoder from "@cwasm/jpeg-turbo/jpeg-turbo.wasm";
import dav1d from "ogv/dist/ogv-decoder-video-av1-simd-wasm.wasm";
import pixels from "./kernels/pixels.wasm";
import png from "./kernels/png.wasm";
import webp from "./kernels/webp.wasm";
import type { EngineModules } from "./codecs/codec-set.ts";

/** Wrangler compiles these when it deploys; nothing is instantiated before a picture needs it. */
export const engineModules: EngineModules = {
  pixels,
  png,
  jpegDecoder,
  webp,
  webpEncoder,
  dav1d,
  avifDecoder,
  avifEncoder,
  heic,
  deflate: deflateSync,
};
