import type { Size } from "../../core/image/size.ts";

/**
 * An encoder as `icodec` 0.6.0 holds it in WebAssembly, without that package's JavaScript: it makes functions
 * from text, which Workers refuse. A module's names are one letter each, so they hold for that version alone.
 * What it offers it declares when it starts, as Emscripten's embind does: a function `encode` and a structure
 * of options, whose names are checked. Pixels are written where it reads them.
 */
export class IcodecEncoder<Option extends string> {
  readonly #module: IcodecModule<Option>;
  readonly #exports: Readonly<Record<string, unknown>>;
  readonly #offer: Offer = { setters: new Map() };
  #bytesMax = Infinity;
  /** What `encode` answers with: a file, or why there is none. */
  #answer: Uint8Array | string | undefined;

  constructor(compiled: WebAssembly.Module, module: IcodecModule<Option>) {
    this.#module = module;
    const { exports } = new WebAssembly.Instance(compiled, { a: this.#imports() });
    this.#exports = exports;
    if (!(exports[module.exports.memory] instanceof WebAssembly.Memory)) throw this.#isAnother();
    this.#exported("start")();
    const { setters } = this.#offer;
    const isExpected = module.options.every((name) => setters.has(name));
    if (!isExpected || setters.size !== module.options.length) throw this.#isAnother();
  }

  get memory(): WebAssembly.Memory {
    return this.#exports[this.#module.exports.memory] as WebAssembly.Memory;
  }

  /**
   * A file of a picture whose pixels `fill` writes: RGBA, straight alpha, rows without gaps. Throws where there
   * is none, `OutOfMemory` where it takes more than `bytesMax`; then the instance cannot be used again.
   */
  encode(
    { width, height }: Size,
    options: IcodecOptions<Option>,
    bytesMax: number,
    fill: (rgba: Uint8Array) => void,
  ): Uint8Array {
    const { encode, structure } = this.#offer;
    if (!encode || !structure) throw new Error(`${this.#module.name} declares no encoder`);
    this.#bytesMax = bytesMax;
    this.#answer = undefined;
    // A C++ string: its length, then its bytes.
    const length = 4 * width * height;
    const text = this.#exported("allocate")(4 + length);
    if (text === 0) throw new WebAssembly.RuntimeError("no memory for the pixels");
    new DataView(this.memory.buffer).setUint32(text, length, true);
    fill(new Uint8Array(this.memory.buffer, text + 4, length));

    const chosen = this.#call(structure.make);
    for (const name of this.#module.options) {
      const { set, field } = this.#offer.setters.get(name) ?? { set: 0, field: 0 };
      this.#call(set, field, chosen, options[name]);
    }
    this.#call(encode.invoker, encode.target, text, width, height, chosen);
    this.#call(structure.free, chosen);
    this.#exported("free")(text);
    return this.#answerBytes();
  }

  #answerBytes(): Uint8Array {
    if (this.#answer instanceof Uint8Array) return this.#answer;
    throw new Error(this.#answer ?? `${this.#module.name} answers nothing`);
  }

  #call(index: number, ...values: readonly number[]): number {
    const table = this.#exports[this.#module.exports.table] as WebAssembly.Table;
    return (table.get(index) as Call)(...values);
  }

  #exported(name: Exclude<keyof IcodecModule<Option>["exports"], "memory" | "table">): Call {
    return this.#exports[this.#module.exports[name]] as Call;
  }

  #imports(): WebAssembly.ModuleImports {
    const { imports, more, name } = this.#module;
    const giveUp = (): never => {
      throw new WebAssembly.RuntimeError(`${name} gave up`);
    };
    return {
      ...each(imports.ignored, () => 0),
      ...each(imports.givesUp, giveUp),
      ...this.#declarations(),
      ...this.#values(),
      [imports.grow]: (wanted: number) => this.#grow(wanted >>> 0),
      [imports.copy]: (to: number, from: number, length: number) => {
        new Uint8Array(this.memory.buffer).copyWithin(to, from, from + length);
      },
      ...more?.({
        call: (index, ...values) => this.#call(index, ...values),
        exported: (letters) => this.#exports[letters] as Call,
      }),
    };
  }

  /** What the module declares when it starts, each by an index into its table. */
  #declarations(): WebAssembly.ModuleImports {
    const { imports } = this.#module;
    return {
      [imports.function]: (...[, , , , invoker, target]: readonly number[]) => {
        this.#offer.encode = { invoker: invoker ?? 0, target: target ?? 0 };
      },
      [imports.structure]: (...[, , , make, , free]: readonly number[]) => {
        this.#offer.structure = { make: make ?? 0, free: free ?? 0 };
      },
      [imports.field]: (...[, name, , , , , , , set, field]: readonly number[]) => {
        this.#offer.setters.set(this.#textAt(name ?? 0), { set: set ?? 0, field: field ?? 0 });
      },
    };
  }

  /**
   * JavaScript's values as the module sees them, by a number each. It makes one in a call of `encode`: the
   * array of the file's bytes, or a string that says what went wrong.
   */
  #values(): WebAssembly.ModuleImports {
    const { imports } = this.#module;
    return {
      ...each(imports.handles, () => 1),
      [imports.text]: (text: number) => {
        this.#answer = this.#textAt(text);
        return 1;
      },
      [imports.construct]: (_class: number, _object: number, _freed: number, view: number) => {
        const words = new DataView(this.memory.buffer);
        const length = words.getUint32(view, true);
        const pointer = words.getUint32(view + 4, true);
        this.#answer = new Uint8Array(this.memory.buffer, pointer, length).slice();
        return 1;
      },
    };
  }

  #grow(wanted: number): number {
    if (wanted > this.#bytesMax) throw new OutOfMemory("more memory than planned");
    const missing = wanted - this.memory.buffer.byteLength;
    this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return 1;
  }

  #textAt(pointer: number): string {
    const bytes = new Uint8Array(this.memory.buffer, pointer);
    return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
  }

  #isAnother(): Error {
    return new Error(`${this.#module.name} is not the version whose names are known`);
  }
}

export class OutOfMemory extends Error {}

/** Flags are 0 or 1. */
export type IcodecOptions<Option extends string> = Readonly<Record<Option, number>>;

/** What a module's letters stand for. */
export interface IcodecModule<Option extends string> {
  readonly name: string;
  /** All that its structure has. */
  readonly options: readonly Option[];
  /** `start` runs constructors, which declare what there is; `table` holds its functions. */
  readonly exports: Readonly<Record<"memory" | "start" | "table" | "allocate" | "free", string>>;
  readonly imports: {
    /** Types that are declared, values that are counted, timers, and the time: it is always 0. */
    readonly ignored: string;
    /** Ends of the process. */
    readonly givesUp: string;
    /** What answers with the number of a value. */
    readonly handles: string;
    readonly function: string;
    readonly structure: string;
    readonly field: string;
    readonly text: string;
    readonly construct: string;
    readonly grow: string;
    readonly copy: string;
  };
  /** Imports of this module alone. */
  readonly more?: (instance: IcodecInstance) => WebAssembly.ModuleImports;
}

export interface IcodecInstance {
  /** Calls a function of its table. */
  readonly call: (index: number, ...values: readonly number[]) => number;
  readonly exported: (letters: string) => Call;
}

export type Call = (...values: readonly number[]) => number;

interface Offer {
  encode?: { readonly invoker: number; readonly target: number };
  structure?: { readonly make: number; readonly free: number };
  readonly setters: Map<string, { readonly set: number; readonly field: number }>;
}

/** One import for each of the letters. */
export const each = (letters: string, value: WebAssembly.ImportValue): WebAssembly.ModuleImports =>
  Object.fromEntries(letters.split("").map((name) => [name, value]));

const PAGE_BYTES = 65_536;
