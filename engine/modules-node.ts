import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { EngineModules } from "./modules.ts";

/** Compiles the codecs from `node_modules`: for tests, benches and commands, which run in Node. */
export async function loadEngineModules(): Promise<EngineModules> {
  const path = createRequire(import.meta.url).resolve("@cf-wasm/photon/photon.wasm");
  return { photon: await compile(await readFile(path)) };
}

/** The types of Workers know no `compile`, since Workers may not; this file is never part of one. */
const { compile } = WebAssembly as unknown as {
  readonly compile: (bytes: Uint8Array) => Promise<WebAssembly.Module>;
};
