import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { deflateSync } from "node:zlib";
import type { EngineModules } from "./modules.ts";

/** Compiles the codecs from this folder and `node_modules`: for tests, benches and commands. */
export async function loadEngineModules(): Promise<EngineModules> {
  const [pixels, png, webp, jpegDecoder, webpEncoder, dav1d, avifDecoder, avifEncoder] =
    await Promise.all([
      compile("./kernels/pixels.wasm"),
      compile("./kernels/png.wasm"),
      compile("./kernels/webp.wasm"),
      compile("@cwasm/jpeg-turbo/jpeg-turbo.wasm"),
      compile("@jsquash/webp/codec/enc/webp_enc_simd.wasm"),
      compile("ogv/dist/ogv-decoder-video-av1-simd-wasm.wasm"),
      compile("@jsquash/avif/codec/dec/avif_dec.wasm"),
      compile("@jsquash/avif/codec/enc/avif_enc.wasm"),
    ]);
  return {
    pixels,
    png,
    jpegDecoder,
    webp,
    webpEncoder,
    dav1d,
    avifDecoder,
    avifEncoder,
    deflate: deflateSync,
  };
}

const require = createRequire(import.meta.url);

/** A `.wasm` file of this folder or of a package. */
export async function compile(path: string): Promise<WebAssembly.Module> {
  return compileBytes(await readFile(require.resolve(path)));
}

/** The types of Workers know no `compile`, since Workers may not; this file is never part of one. */
const { compile: compileBytes } = WebAssembly as unknown as {
  readonly compile: (bytes: Uint8Array) => Promise<WebAssembly.Module>;
};
