import type { Size } from "../../../core/image/size.ts";

/**
 * libavif 1.1 with libaom 3.11, as `avif-enc.wasm` of `icodec` 0.6.0 holds them, without that package's
 * JavaScript: it makes functions from text, which Workers refuse. The module's names are one letter each, so
 * they hold for that version alone. What it offers it declares when it starts, as Emscripten's embind does:
 * a function `encode` and a structure of options, whose names are checked.
 */
export class LibavifEncoder {
  readonly #exports: EncoderExports;
  readonly #offer: Offer = { setters: new Map() };
  #bytesMax = Infinity;
  /** What `encode` answers with: a file, or why there is none. */
  #answer: Uint8Array | string | undefined;

  constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module, { a: this.#imports() });
    if (!(exports.$ instanceof WebAssembly.Memory)) throw new Error(ANOTHER_VERSION);
    this.#exports = exports as unknown as EncoderExports;
    this.#exports.aa();
    const { setters } = this.#offer;
    const isExpected = optionNames.every((name) => setters.has(name));
    if (!isExpected || setters.size !== optionNames.length) throw new Error(ANOTHER_VERSION);
  }

  get memory(): WebAssembly.Memory {
    return this.#exports.$;
  }

  /**
   * A file of a picture whose pixels `fill` writes: RGBA, straight alpha, rows without gaps. Throws where there
   * is none, `OutOfMemory` where it takes more than `bytesMax`; then the instance is of no further use.
   */
  encode(
    { width, height }: Size,
    options: AvifOptions,
    bytesMax: number,
    fill: (rgba: Uint8Array) => void,
  ): Uint8Array {
    const { encode, structure } = this.#offer;
    if (!encode || !structure) throw new Error("avif-enc.wasm declares no encoder");
    this.#bytesMax = bytesMax;
    this.#answer = undefined;
    // A C++ string: its length, its bytes, and a zero.
    const length = 4 * width * height;
    const text = this.#exports.da(4 + length + 1);
    if (text === 0) throw new WebAssembly.RuntimeError("no memory for the pixels");
    new DataView(this.memory.buffer).setUint32(text, length, true);
    fill(new Uint8Array(this.memory.buffer, text + 4, length));

    const chosen = this.#call(structure.make);
    for (const name of optionNames) {
      const { set, field } = this.#offer.setters.get(name) ?? { set: 0, field: 0 };
      this.#call(set, field, chosen, options[name]);
    }
    this.#call(encode.invoker, encode.target, text, width, height, chosen);
    this.#call(structure.free, chosen);
    this.#exports.ea(text);
    return this.#answerBytes();
  }

  #answerBytes(): Uint8Array {
    if (this.#answer instanceof Uint8Array) return this.#answer;
    throw new Error(this.#answer ?? "libavif answers nothing");
  }

  #call(index: number, ...values: readonly number[]): number {
    return this.#exports.ca.get(index)(...values);
  }

  #imports(): WebAssembly.ModuleImports {
    const guarded = (index: number, ...values: readonly number[]) =>
      this.#guard(() => this.#call(index, ...values));
    return {
      ...each(names.ignored, () => 0),
      ...each(names.files, () => NOT_SUPPORTED),
      ...each(names.guardedCalls, guarded),
      ...this.#declarations(),
      ...this.#values(),
      // The same with 64-bit arguments, which come in halves.
      A: (...values: readonly number[]) => this.#guard(() => this.#exports.oa(...values)),
      B: (...values: readonly number[]) => this.#guard(() => this.#exports.na(...values)),
      G: () => {
        throw longJump;
      },
      H: (wanted: number) => this.#grow(wanted >>> 0),
      I: (to: number, from: number, length: number) => {
        new Uint8Array(this.memory.buffer).copyWithin(to, from, from + length);
      },
      P: giveUp,
      D: giveUp,
      a: giveUp,
    };
  }

  /** Runs what may end in a long jump, which then goes on where the module set its mark. */
  #guard(work: () => number): number {
    const stack = this.#exports.ia();
    try {
      return work();
    } catch (cause) {
      if (cause !== longJump) throw cause;
      this.#exports.ha(stack);
      this.#exports.ga(1, 0);
      return 0;
    }
  }

  /** What the module declares when it starts, each by an index into its table. */
  #declarations(): WebAssembly.ModuleImports {
    return {
      T: (_name: number, _count: number, _types: number, _kind: number, ...call: number[]) => {
        const [invoker = 0, target = 0] = call;
        this.#offer.encode = { invoker, target };
      },
      L: (...[, , , make, , free]: readonly number[]) => {
        this.#offer.structure = { make: make ?? 0, free: free ?? 0 };
      },
      e: (...[, name, , , , , , , set, field]: readonly number[]) => {
        this.#offer.setters.set(this.#textAt(name ?? 0), { set: set ?? 0, field: field ?? 0 });
      },
    };
  }

  /**
   * JavaScript's values as the module sees them, by a number each. It makes one in a call of `encode`: the
   * array of the file's bytes, or a string that says what went wrong.
   */
  #values(): WebAssembly.ModuleImports {
    const only = () => 1;
    return {
      q: only,
      w: only,
      k: (text: number) => {
        this.#answer = this.#textAt(text);
        return 1;
      },
      x: (_constructor: number, _object: number, _freed: number, view: number) => {
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
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return 1;
  }

  #textAt(pointer: number): string {
    const bytes = new Uint8Array(this.memory.buffer, pointer);
    return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
  }
}

export class OutOfMemory extends Error {}

/** Flags are 0 or 1. */
export type AvifOptions = Readonly<Record<(typeof optionNames)[number], number>>;

const optionNames = [
  "quality",
  "qualityAlpha",
  "tileRowsLog2",
  "tileColsLog2",
  "autoTiling",
  "speed",
  "chromaDeltaQ",
  "sharpness",
  "tune",
  "denoiseLevel",
  "subsample",
  "sharpYUV",
  "bitDepth",
] as const;

interface Offer {
  encode?: { readonly invoker: number; readonly target: number };
  structure?: { readonly make: number; readonly free: number };
  readonly setters: Map<string, { readonly set: number; readonly field: number }>;
}

/** The names of imports, a letter each. */
const names = {
  /** Types that are declared, values that are counted, timers, and the time: it is always 0. */
  ignored: "CEFOYZ_diopstuvyMN",
  /** Of WASI: there are none. */
  files: "JKrz",
  /** Calls through the table, one for each signature. */
  guardedCalls: "QRSUVWXbcfghjlmn",
};

const each = (letters: string, value: WebAssembly.ImportValue): WebAssembly.ModuleImports =>
  Object.fromEntries(letters.split("").map((name) => [name, value]));

interface EncoderExports {
  readonly $: WebAssembly.Memory;
  /** Runs constructors, which declare what there is. */
  readonly aa: () => void;
  readonly ca: { readonly get: (index: number) => (...values: readonly number[]) => number };
  /** Allocates. */
  readonly da: (bytes: number) => number;
  /** Frees. */
  readonly ea: (pointer: number) => void;
  /** Says that a long jump has been made. */
  readonly ga: (thrown: number, value: number) => void;
  readonly ha: (stack: number) => void;
  readonly ia: () => number;
  /** Calls through the table with 64-bit arguments. */
  readonly na: (...values: readonly number[]) => number;
  readonly oa: (...values: readonly number[]) => number;
}

const longJump = new Error("a long jump");

function giveUp(): never {
  throw new WebAssembly.RuntimeError("libavif gave up");
}

const ANOTHER_VERSION = "avif-enc.wasm is not the version whose names are known";
const PAGE_BYTES = 65_536;
/** WASI's error number. */
const NOT_SUPPORTED = 52;
