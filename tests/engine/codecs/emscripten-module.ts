import { compileBytes } from "../../../engine/modules-node.ts";

/** A module that exports a memory of one page, `m`, and a constant, `g`. */
export const onePage = await compileBytes(
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x05, 0x03, 0x01, 0x00, 0x01],
    ...[0x06, 0x06, 0x01, 0x7f, 0x00, 0x41, 0x2a, 0x0b],
    ...[0x07, 0x09, 0x02, 0x01, 0x6d, 0x02, 0x00, 0x01, 0x67, 0x03, 0x00],
  ),
);

interface Overrides {
  readonly noInitialRun: boolean;
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
  calledRun?: boolean;
  HEAPU8?: Uint8Array;
}

/** What Emscripten's JavaScript does with what it is given: it starts the module. Its memory. */
export function startEmscripten(overrides: object): WebAssembly.Memory {
  const given = overrides as Overrides;
  let received: unknown;
  const exports = given.instantiateWasm({}, (instance) => {
    received = instance.exports;
  });
  const memory = exports["m"];
  if (exports !== received || !(memory instanceof WebAssembly.Memory)) throw new Error("another");
  Object.defineProperty(given, "HEAPU8", { get: () => new Uint8Array(memory.buffer) });
  given.calledRun = given.noInitialRun;
  return memory;
}
