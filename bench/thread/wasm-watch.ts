import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Sees every linear memory of this thread, from any code. */
export interface WasmWatch {
  /** `largestBytes` is measured from here on. */
  begin(): void;
  /** The largest memory made or grown since `begin`; 0 if there was none. */
  largestBytes(): number;
  /** The sum of all memories that are still held, if it is over `bytesMax`; else 0. */
  heldOver(bytesMax: number): Promise<number>;
}

/**
 * Puts itself between the thread and `WebAssembly`'s constructors, so it must be called before a codec
 * is instantiated. A memory that is merely garbage is not held: before a sum over the bound is
 * believed, the collector runs.
 */
export function watchWasm(): WasmWatch {
  const seen = new Map<WeakRef<WebAssembly.Memory>, number>();
  interceptMemories((memory) => void seen.set(new WeakRef(memory), 0));

  const alive = () =>
    [...seen].flatMap(([ref, bytes]) => {
      const memory = ref.deref();
      if (memory === undefined) seen.delete(ref);
      return memory === undefined ? [] : [{ ref, before: bytes, now: memory.buffer.byteLength }];
    });
  const heldBytes = () => alive().reduce((sum, { now }) => sum + now, 0);

  return {
    begin() {
      for (const { ref, now } of alive()) seen.set(ref, now);
    },
    largestBytes() {
      return Math.max(0, ...alive().map(({ before, now }) => (now > before ? now : 0)));
    },
    async heldOver(bytesMax) {
      if (heldBytes() <= bytesMax) return 0;
      // What was looked at in this turn of the event loop cannot be collected in it.
      await new Promise((wake) => setImmediate(wake));
      collectGarbage();
      const held = heldBytes();
      return held > bytesMax ? held : 0;
    },
  };
}

function interceptMemories(found: (memory: WebAssembly.Memory) => void): void {
  const { Instance, Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      found(this);
    }
  };
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      // An imported memory, which may be exported again, was seen when it was made.
      if (WebAssembly.Module.imports(module).some(({ kind }) => kind === "memory")) return;
      for (const exported of Object.values(this.exports))
        if (exported instanceof Memory) found(exported);
    }
  };
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
