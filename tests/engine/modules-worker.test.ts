import { deflateSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { moduleFiles } from "../../engine/codecs/codec-set.ts";

test("a Worker's modules are those that Node compiles, and HEIC is switched off", async () => {
  // Wrangler makes a module of a `.wasm` file; here its path stands for it.
  for (const path of Object.values(moduleFiles))
    vi.doMock(path.replace(/^\.\//, "../../engine/"), () => ({ default: path }));
  const { engineModules } = await import("../../engine/modules-worker.ts");
  expect(engineModules).toStrictEqual({ ...moduleFiles, heic: undefined, deflate: deflateSync });
});
