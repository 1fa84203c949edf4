import type { Frame } from "../frame.ts";
import { tilesEndWell } from "./tile-ends.ts";

/**
 * dav1d as `ogv-decoder-video-av1-simd-wasm.wasm` of `ogv` 1.9.0 holds it, without that package's JavaScript.
 * The module's names are one letter each, so they hold for that version alone; a test decodes with it.
 */

/** A frame and what was made of it, or why there is none. */
export type FrameResult<Value> =
  | { readonly kind: "frame"; readonly value: Value }
  | { readonly kind: "damaged" }
  | { readonly kind: "out of memory" };

/** One decoder, for the parts of one picture: what one file has touched is never used for another. */
export class Dav1d {
  readonly #exports: Dav1dExports;
  #onFrame: (frame: Frame) => void = () => {};
  #isFull = false;

  /** Its memory never grows beyond `bytesMax`; it begins with 16.4 MiB. */
  constructor(module: WebAssembly.Module, bytesMax: number) {
    const imports = { a: this.#imports(bytesMax) };
    const instance = new WebAssembly.Instance(module, imports);
    this.#exports = instance.exports as unknown as Dav1dExports;
    this.#exports.i();
    this.#exports.j();
  }

  get memory(): WebAssembly.Memory {
    return this.#exports.h;
  }

  /**
   * Decodes one frame and leaves it in the decoder's memory, for as long as the decoder is there: it can decode
   * nothing more.
   */
  keep(data: Uint8Array): FrameResult<Frame> {
    let kept: Frame | undefined;
    try {
      return this.decode(data, (frame) => {
        kept = frame;
        // The decoder frees a frame when it is told that all is well.
        throw new FrameKept();
      });
    } catch (cause) {
      if (kept && cause instanceof FrameKept) return { kind: "frame", value: kept };
      throw cause;
    }
  }

  /** Decodes one frame and hands it to `use`, unless it is damaged; the frame is gone when that returns. */
  decode<Value>(data: Uint8Array, use: (frame: Frame) => Value): FrameResult<Value> {
    let result: FrameResult<Value> = { kind: "damaged" };
    this.#onFrame = (frame) => {
      if (!tilesEndWell(this.memory)) return;
      result = { kind: "frame", value: use(frame) };
    };
    const pointer = this.#exports.q(data.length);
    if (pointer === 0) return { kind: "out of memory" };
    new Uint8Array(this.memory.buffer).set(data, pointer);
    this.#exports.n(pointer, data.length);
    this.#exports.o(pointer);
    return result.kind === "damaged" && this.#isFull ? { kind: "out of memory" } : result;
  }

  #imports(bytesMax: number): WebAssembly.ModuleImports {
    return {
      a: (_file: number, parts: number, count: number, written: number) =>
        this.#swallow(parts, count, written),
      b: () => {
        throw new WebAssembly.RuntimeError("dav1d gave up");
      },
      c: () => SEEK_IMPOSSIBLE,
      d: (wanted: number) => this.#grow(wanted >>> 0, bytesMax),
      e: () => NOT_SUPPORTED,
      f: (to: number, from: number, length: number) =>
        new Uint8Array(this.memory.buffer).copyWithin(to, from, from + length),
      g: (...fields: readonly number[]) => this.#onFrame(this.#frameOf(fields)),
    };
  }

  /** What the decoder prints is counted as written and goes nowhere. */
  #swallow(parts: number, count: number, written: number): number {
    const view = new DataView(this.memory.buffer);
    let length = 0;
    for (let part = 0; part < count; part++) length += view.getUint32(parts + 8 * part + 4, true);
    view.setUint32(written, length, true);
    return 0;
  }

  #grow(wanted: number, bytesMax: number): number {
    if (wanted > bytesMax) {
      this.#isFull = true;
      return 0;
    }
    const missing = wanted - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return 1;
  }

  #frameOf(fields: readonly number[]): Frame {
    const [y = 0, yStride = 0, u = 0, uStride = 0, v = 0, vStride = 0] = fields;
    // Between them stand the sides of the planes, rounded up to even numbers.
    const [width = 0, height = 0] = fields.slice(10);
    return {
      width,
      height,
      bytes: new Uint8Array(this.memory.buffer),
      planes: [
        { pointer: y, stride: yStride },
        { pointer: u, stride: uStride },
        { pointer: v, stride: vStride },
      ],
    };
  }
}

class FrameKept extends Error {}

interface Dav1dExports {
  readonly h: WebAssembly.Memory;
  /** Runs constructors. */
  readonly i: () => void;
  /** Makes the decoder. */
  readonly j: () => void;
  /** Allocates. */
  readonly q: (bytes: number) => number;
  /** Frees. */
  readonly o: (pointer: number) => void;
  /** Decodes a stream of open bitstream units. */
  readonly n: (pointer: number, length: number) => number;
}

const PAGE_BYTES = 65_536;
/** WASI's error numbers. */
const SEEK_IMPOSSIBLE = 70;
const NOT_SUPPORTED = 52;
