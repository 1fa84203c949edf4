import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { deflateSync } from "node:zlib";
import { moduleFiles, type EngineModules } from "./codecs/codec-set.ts";

/** Compiles the codecs from this folder and `node_modules`: for tests, benches and commands. */
export async function loadEngineModules(): Promise<EngineModules> {
  const names = Object.keys(moduleFiles) as (keyof typeof moduleFiles)[];
  const modules = await Promise.all(
    names.map(async (name) => [name, await compile(moduleFiles[name])] as const),
  );
  const compiled = Object.fromEntries(modules) as Record<
    keyof typeof moduleFiles,
    WebAssembly.Module
  >;
  return { ...compiled, heic: undefined, deflate: deflateSync };
}

/** The HEIC decoder, which only its tests and the fuzzer switch on here. */
export async function loadHeicLibrary(): Promise<NonNullable<EngineModules["heic"]>> {
  const module = await compile("libheif-js/libheif-wasm/libheif.wasm");
  return { factory: require("libheif-js/libheif-wasm/libheif.js"), module };
}

const require = createRequire(import.meta.url);

/** A `.wasm` file of this folder or of a package. */
export async function compile(path: string): Promise<WebAssembly.Module> {
  return compileBytes(await readFile(require.resolve(path)));
}

/** The types of Workers know no `compile`, since Workers may not; this file is never part of one. */
export const { compile: compileBytes } = WebAssembly as unknown as {
  readonly compile: (bytes: Uint8Array) => Promise<WebAssembly.Module>;
};
