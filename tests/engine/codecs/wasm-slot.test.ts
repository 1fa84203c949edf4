import { expect, test } from "vitest";
import { WasmSlot } from "../../../engine/codecs/wasm-slot.ts";

function newSlot() {
  const made: { memory: { buffer: ArrayBuffer } }[] = [];
  const slot = new WasmSlot(() => {
    const instance = { memory: { buffer: new ArrayBuffer(1000 * (made.length + 1)) } };
    made.push(instance);
    return instance;
  });
  return { slot, made };
}

test("an instance is made when it is first used, and used again", () => {
  const { slot, made } = newSlot();
  expect([slot.wasmBytes, made.length]).toEqual([0, 0]);
  const first = slot.use((instance) => instance);
  expect(slot.use((instance) => instance)).toBe(first);
  expect([slot.wasmBytes, made.length]).toEqual([1000, 1]);
});

test("an instance whose call trapped is never used again", () => {
  const { slot, made } = newSlot();
  const trap = new WebAssembly.RuntimeError("unreachable");
  const call = () =>
    slot.use(() => {
      throw trap;
    });
  expect(call).toThrow(trap);
  expect(slot.wasmBytes).toBe(0);
  expect(slot.use((instance) => instance)).toBe(made[1]);
});
