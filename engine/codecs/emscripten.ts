import type { WasmInstance } from "./wasm-slot.ts";

/** The part of Emscripten's generated modules that is used here. */
export type EmscriptenFactory = (overrides: object) => unknown;

/**
 * An instance of a module that Emscripten wrapped, ready when this returns: with a compiled module at
 * hand nothing in its start-up waits, and its functions appear on the object it was given.
 * Its memory grows when it likes, so `memory` must be asked each time.
 */
export function instantiateEmscripten<Functions extends object>(
  factory: EmscriptenFactory,
  module: WebAssembly.Module,
): Functions & WasmInstance {
  const overrides: Partial<EmscriptenModule> = {
    noInitialRun: true,
    // A refusal says what went wrong; the console of a service is no place for a codec's own words.
    print: () => {},
    printErr: () => {},
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(module, imports);
      receive(instance);
      return instance.exports;
    },
  };
  factory(overrides);
  const started = overrides as EmscriptenModule & Functions;
  if (!started.calledRun) throw new Error("the codec did not start synchronously");
  const memory = { get: () => ({ buffer: started.HEAPU8.buffer }) };
  return Object.defineProperty<unknown>(started, "memory", memory) as Functions & WasmInstance;
}

interface EmscriptenModule {
  noInitialRun: boolean;
  print: (text: string) => void;
  printErr: (text: string) => void;
  instantiateWasm: (
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
  calledRun: boolean;
  HEAPU8: Uint8Array;
}
