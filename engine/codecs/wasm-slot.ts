/** The part of an instance that its memory is read from. */
export interface WasmInstance {
  readonly memory: { readonly buffer: ArrayBufferLike };
}

/**
 * A place for one live instance of a codec, made when first used and thrown away when a call traps: its
 * memory can no longer be trusted.
 */
export class WasmSlot<Instance extends WasmInstance> {
  readonly #make: () => Instance;
  #instance: Instance | undefined;

  constructor(make: () => Instance) {
    this.#make = make;
  }

  /** Runs `work` on the instance; rethrows what it throws, with the instance gone. */
  use<Value>(work: (instance: Instance) => Value): Value {
    const instance = (this.#instance ??= this.#make());
    this.#instance = undefined;
    const value = work(instance);
    this.#instance = instance;
    return value;
  }

  get wasmBytes(): number {
    return this.#instance?.memory.buffer.byteLength ?? 0;
  }
}
