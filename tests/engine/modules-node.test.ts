import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { moduleFiles } from "../../engine/codecs/codec-set.ts";
import { loadEngineModules, loadHeicLibrary } from "../../engine/modules-node.ts";

test("every codec is compiled, and the platform's zlib deflates", async () => {
  const { heic, deflate, ...modules } = await loadEngineModules();
  expect(Object.keys(modules)).toEqual(Object.keys(moduleFiles));
  for (const module of Object.values(modules)) expect(module).toBeInstanceOf(WebAssembly.Module);
  expect(heic).toBeUndefined();
  expect([...inflateSync(deflate(Uint8Array.of(1, 2, 3), { level: 6 }))]).toEqual([1, 2, 3]);
});

test("HEIC's decoder is loaded by itself", async () => {
  const { factory, module } = await loadHeicLibrary();
  expect(typeof factory).toBe("function");
  expect(module).toBeInstanceOf(WebAssembly.Module);
});
