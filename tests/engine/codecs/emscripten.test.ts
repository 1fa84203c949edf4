import { describe, expect, test, vi } from "vitest";
import {
  instantiateEmscripten,
  type EmscriptenFactory,
} from "../../../engine/codecs/emscripten.ts";
import { compileBytes } from "../../../engine/modules-node.ts";

const pageBytes = 65_536;

/** A module that exports a memory of one page, `m`, and a constant, `g`. */
const module = await compileBytes(
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x05, 0x03, 0x01, 0x00, 0x01],
    ...[0x06, 0x06, 0x01, 0x7f, 0x00, 0x41, 0x2a, 0x0b],
    ...[0x07, 0x09, 0x02, 0x01, 0x6d, 0x02, 0x00, 0x01, 0x67, 0x03, 0x00],
  ),
);

interface Overrides {
  readonly noInitialRun: boolean;
  readonly print: (text: string) => void;
  readonly printErr: (text: string) => void;
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
  calledRun?: boolean;
  HEAPU8?: Uint8Array;
  grow?: (pages: number) => void;
}

/** What Emscripten's JavaScript does with what it is given: it starts the module and offers a function. */
const factory: EmscriptenFactory = (overrides) => {
  const given = overrides as Overrides;
  let memory: WebAssembly.Memory | undefined;
  const exports = given.instantiateWasm({}, (instance) => {
    memory = instance.exports["m"] as WebAssembly.Memory;
    given.HEAPU8 = new Uint8Array(memory.buffer);
  });
  expect(exports["m"]).toBe(memory);
  given.calledRun = given.noInitialRun;
  given.grow = (pages) => {
    if (!memory) throw new Error("not started");
    memory.grow(pages);
    given.HEAPU8 = new Uint8Array(memory.buffer);
  };
};

interface Functions {
  readonly grow: (pages: number) => void;
  readonly print: Overrides["print"];
  readonly printErr: Overrides["printErr"];
}

describe("a module that Emscripten wrapped", () => {
  test("is started at once, with its functions, and the memory that it has at the time", () => {
    const codec = instantiateEmscripten<Functions>(factory, module);
    expect(codec.memory.buffer.byteLength).toBe(pageBytes);
    codec.grow(2);
    expect(codec.memory.buffer.byteLength).toBe(3 * pageBytes);
    expect(codec.isFull).toBe(false);
  });

  test("says nothing to the console", () => {
    const spies = [vi.spyOn(console, "log"), vi.spyOn(console, "error"), vi.spyOn(console, "warn")];
    const codec = instantiateEmscripten<Functions>(factory, module);
    codec.print("a word of its own");
    codec.printErr("and another");
    expect(spies.map((spy) => spy.mock.calls)).toEqual([[], [], []]);
  });

  test("has no more memory than it may, and says where it wanted more", () => {
    const codec = instantiateEmscripten<Functions>(factory, module, 3 * pageBytes);
    codec.grow(2);
    expect(codec.isFull).toBe(false);
    const other = instantiateEmscripten<Functions>(factory, module, 3 * pageBytes);
    expect(() => other.grow(3)).toThrow(RangeError);
    expect(() => codec.grow(1)).toThrow(RangeError);
    expect(codec.isFull).toBe(true);
    expect(codec.memory.buffer.byteLength).toBe(3 * pageBytes);
  });

  test("that does not start at once is of no use", () => {
    expect(() => instantiateEmscripten(() => {}, module)).toThrow("did not start");
  });
});
