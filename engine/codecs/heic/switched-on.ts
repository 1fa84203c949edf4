import factory from "libheif-js/libheif-wasm/libheif.js";
import module from "libheif-js/libheif-wasm/libheif.wasm";
import type { HeicLibrary } from "./libheif.ts";

/** What `#heic` is where an operator has switched HEIC on. See `docs/heic.md`. */
export const heic: HeicLibrary = { factory, module };
