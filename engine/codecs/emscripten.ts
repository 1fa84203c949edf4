import type { WasmInstance } from "./wasm-slot.ts";

/** The part of Emscripten's generated modules that is used here. */
export type EmscriptenFactory = (overrides: object) => unknown;

/**
 * An instance of a module that Emscripten wrapped, ready when this returns: with a compiled module at
 * hand nothing in its start-up waits, and its functions appear on the object it was given.
 * Its memory grows when it likes, up to `bytesMax`, so `memory` must be asked each time. An allocation
 * beyond that fails inside the codec, which then refuses the picture or traps; `isFull` tells.
 */
export function instantiateEmscripten<Functions extends object>(
  factory: EmscriptenFactory,
  module: WebAssembly.Module,
  bytesMax = Infinity,
): Functions & EmscriptenInstance {
  let full = false;
  const overrides: Partial<EmscriptenModule> = {
    noInitialRun: true,
    // A refusal says what went wrong; what a codec prints does not belong in the service's log.
    print: () => {},
    printErr: () => {},
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(module, imports);
      for (const part of Object.values(instance.exports)) {
        if (part instanceof WebAssembly.Memory) capMemory(part, bytesMax, () => (full = true));
      }
      receive(instance);
      return instance.exports;
    },
  };
  factory(overrides);
  const started = overrides as EmscriptenModule & Functions;
  if (!started.calledRun) throw new Error("the codec did not start synchronously");
  const memory = { get: () => ({ buffer: started.HEAPU8.buffer }) };
  const isFull = { get: () => full };
  return Object.defineProperties<unknown>(started, { memory, isFull }) as Functions &
    EmscriptenInstance;
}

export interface EmscriptenInstance extends WasmInstance {
  /** More memory was asked for than it may have. */
  readonly isFull: boolean;
}

/** Emscripten grows its memory through the object, and takes an exception for a refusal. */
function capMemory(memory: WebAssembly.Memory, bytesMax: number, onFull: () => void): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE_BYTES > bytesMax) {
      onFull();
      throw new RangeError("more memory than planned");
    }
    return grow(pages);
  };
}

const PAGE_BYTES = 65_536;

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
