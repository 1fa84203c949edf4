import { expect, onTestFinished, vi } from "vitest";

const { Instance } = WebAssembly;

/** The name of `malloc` among the exports of this build of libavif. */
const allocator = "I";

/**
 * To the end of the test libavif traps when it is given a file, once it has asked for more memory than there may
 * be, if `isFull` says so.
 */
export function trapOnAllocation({ isFull }: { isFull: boolean }): Error {
  const trap = new WebAssembly.RuntimeError("trapped");
  const spy = vi.spyOn(WebAssembly, "Instance").mockImplementation(function (module, imports) {
    const { exports } = new Instance(module, imports);
    const memory = Object.values(exports).find((own) => own instanceof WebAssembly.Memory);
    const allocate = () => {
      if (isFull) expect(() => memory?.grow(60_000)).toThrow(RangeError);
      throw trap;
    };
    return { exports: { ...exports, [allocator]: allocate } };
  });
  onTestFinished(() => {
    spy.mockRestore();
  });
  return trap;
}
