import type { OutputFormat } from "../../core/transform/transform.ts";
import { copyArea, type Area, type Raster } from "../raster.ts";

/**
 * One instance of the photon codec library (Rust `image` behind a C-like boundary).
 *
 * Every method throws `CodecTrap` where photon gives up: it has no other way of saying no. The
 * instance's memory is then in an unknown state and the instance must not be used again.
 */
export interface Photon {
  /** Bytes of WASM memory held. It never shrinks; only dropping the instance gives it back. */
  readonly memoryBytes: number;
  /** JPEG, PNG, WebP (first frame) or GIF (first frame on its logical screen). Ignores orientation. */
  decode(parts: readonly Uint8Array[]): Raster;
  /** Lanczos with three lobes over `area`, each channel by itself: alpha must be premultiplied. */
  resize(raster: Raster, area: Area, width: number, height: number): Raster;
  /** JPEG is 4:4:4 and drops alpha; PNG and WebP are lossless, so `quality` moves JPEG alone. */
  encode(raster: Raster, format: OutputFormat, quality: number): Uint8Array;
}

export class CodecTrap extends Error {
  override readonly name = "CodecTrap";
}

/**
 * The package's own JavaScript keeps one instance for the life of the process and offers no second,
 * so the module is instantiated here, on the few exports that are needed.
 */
export function instantiatePhoton(module: WebAssembly.Module): Photon {
  const instance = new WebAssembly.Instance(
    module,
    importsOf(module, () => wasm),
  );
  const wasm = instance.exports as unknown as PhotonExports;
  wasm.__wbindgen_start();

  /** Memory that the next call which is given the slice takes over. */
  const copyIn = (length: number, write: (target: Uint8Array) => void): Slice => {
    const pointer = wasm.__wbindgen_malloc(length, 1);
    write(new Uint8Array(wasm.memory.buffer, pointer >>> 0, length));
    return [pointer, length];
  };
  const takeOut = ([pointer, length]: Slice): Uint8Array => {
    const bytes = new Uint8Array(wasm.memory.buffer, pointer >>> 0, length >>> 0).slice();
    wasm.__wbindgen_free(pointer, length, 1);
    return bytes;
  };
  const open = (raster: Raster, area: Area): Handle => {
    const { width, height } = area;
    const pixels = copyIn(4 * width * height, (target) => copyArea(raster, area, target));
    return wasm.photonimage_new(...pixels, width, height);
  };
  const close = (image: Handle): Raster => {
    const width = wasm.photonimage_get_width(image) >>> 0;
    const height = wasm.photonimage_get_height(image) >>> 0;
    const data = takeOut(wasm.photonimage_get_raw_pixels(image));
    wasm.__wbg_photonimage_free(image, 0);
    return { data, width, height };
  };

  return {
    get memoryBytes() {
      return wasm.memory.buffer.byteLength;
    },
    decode: (parts) =>
      trapping(() => {
        const length = parts.reduce((sum, part) => sum + part.length, 0);
        const source = copyIn(length, (target) => concatenate(parts, target));
        return close(wasm.photonimage_new_from_byteslice(...source));
      }),
    resize: (raster, area, width, height) =>
      trapping(() => {
        const image = open(raster, area);
        const resized = wasm.resize(image, width, height, lanczos3);
        wasm.__wbg_photonimage_free(image, 0);
        return close(resized);
      }),
    encode: (raster, format, quality) =>
      trapping(() => {
        const image = open(raster, { x: 0, y: 0, width: raster.width, height: raster.height });
        const bytes = takeOut(encoders[format](wasm, image, quality));
        wasm.__wbg_photonimage_free(image, 0);
        return bytes;
      }),
  };
}

type Handle = number;
type Slice = readonly [pointer: number, length: number];

interface PhotonExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly __wbindgen_externrefs: WebAssembly.Table;
  __wbindgen_start(): void;
  __wbindgen_malloc(bytes: number, alignment: number): number;
  __wbindgen_free(pointer: number, bytes: number, alignment: number): void;
  __wbg_photonimage_free(image: Handle, unused: 0): void;
  photonimage_new(pixels: number, bytes: number, width: number, height: number): Handle;
  photonimage_new_from_byteslice(source: number, bytes: number): Handle;
  photonimage_get_width(image: Handle): number;
  photonimage_get_height(image: Handle): number;
  photonimage_get_raw_pixels(image: Handle): Slice;
  photonimage_get_bytes(image: Handle): Slice;
  photonimage_get_bytes_jpeg(image: Handle, quality: number): Slice;
  photonimage_get_bytes_webp(image: Handle): Slice;
  resize(image: Handle, width: number, height: number, filter: number): Handle;
}

const lanczos3 = 5;

const encoders: Record<
  OutputFormat,
  (wasm: PhotonExports, image: Handle, quality: number) => Slice
> = {
  jpeg: (wasm, image, quality) => wasm.photonimage_get_bytes_jpeg(image, quality),
  png: (wasm, image) => wasm.photonimage_get_bytes(image),
  webp: (wasm, image) => wasm.photonimage_get_bytes_webp(image),
};

function concatenate(parts: readonly Uint8Array[], target: Uint8Array): void {
  let offset = 0;
  for (const part of parts) {
    target.set(part, offset);
    offset += part.length;
  }
}

/** Whatever goes wrong inside is told as one error: a Rust panic, a stack overflow, memory denied. */
function trapping<Value>(call: () => Value): Value {
  try {
    return call();
  } catch (cause) {
    throw new CodecTrap("photon gave up", { cause });
  }
}

/**
 * Of the browser's functions that photon imports, none is reached by the exports used here except
 * the one that fills the table of JavaScript values at start.
 */
function importsOf(module: WebAssembly.Module, wasm: () => PhotonExports): WebAssembly.Imports {
  const imports: Record<string, Record<string, () => void>> = {};
  for (const { module: namespace, name } of WebAssembly.Module.imports(module)) {
    (imports[namespace] ??= {})[name] =
      name === "__wbindgen_init_externref_table"
        ? () => initExternrefTable(wasm().__wbindgen_externrefs)
        : () => {
            throw new Error(`photon called ${name}, which this engine does not offer`);
          };
  }
  return imports;
}

/** wasm-bindgen's convention: slot 0 and then four slots hold the constants it refers to by index. */
function initExternrefTable(table: WebAssembly.Table): void {
  const constants = [undefined, null, true, false];
  const first = table.grow(constants.length);
  table.set(0, undefined);
  constants.forEach((constant, index) => table.set(first + index, constant));
}
