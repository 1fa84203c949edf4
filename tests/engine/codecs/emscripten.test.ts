import { describe, expect, test, vi } from "vitest";
import {
  instantiateEmscripten,
  type EmscriptenFactory,
} from "../../../engine/codecs/emscripten.ts";
import { onePage as module, startEmscripten } from "./emscripten-module.ts";

const pageBytes = 65_536;

/** Emscripten's JavaScript, which starts the module and offers a function. */
const factory: EmscriptenFactory = (overrides) => {
  const memory = startEmscripten(overrides);
  Reflect.set(overrides, "grow", (pages: number) => memory.grow(pages));
};

interface Functions {
  readonly grow: (pages: number) => void;
  readonly print: (text: string) => void;
  readonly printErr: (text: string) => void;
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
