import { expect, test } from "vitest";
import { createHeap } from "../../../engine/pixels/heap.ts";

const pageBytes = 65_536;

test("blocks lie behind one another, aligned, and never at 0", () => {
  const heap = createHeap();
  const pointers = [1, 16, 17, 0, 5].map((bytes) => heap.allocate(bytes));
  expect(pointers).toEqual([16, 32, 48, 80, 96]);
});

test("what is freed is used again where it is large enough, and by nothing larger", () => {
  const heap = createHeap();
  const [first, , third] = [32, 16, 48, 16].map((bytes) => heap.allocate(bytes));
  heap.free(first ?? 0);
  heap.free(third ?? 0);
  expect(heap.allocate(33)).toBe(third);
  expect(heap.allocate(32)).toBe(first);
  heap.free(first ?? 0);
  expect(heap.allocate(16)).toBe(first);
  expect(heap.allocate(16)).toBe((first ?? 0) + 16);
});

test("the memory grows by as many pages as are missing, and views outlive what fits", () => {
  const heap = createHeap();
  const { buffer } = heap.memory;
  heap.allocate(pageBytes - 16);
  expect(heap.memory.buffer).toBe(buffer);
  heap.allocate(1);
  expect(heap.memory.buffer.byteLength).toBe(2 * pageBytes);
  heap.allocate(3 * pageBytes);
  expect(heap.memory.buffer.byteLength).toBe(5 * pageBytes);
});

test("a block that is not there cannot be freed", () => {
  const heap = createHeap();
  const pointer = heap.allocate(8);
  expect(() => heap.free(pointer + 16)).toThrow("never allocated");
  heap.free(pointer);
  expect(() => heap.free(pointer)).toThrow("freed twice");
});

test("all blocks can be freed at once", () => {
  const heap = createHeap();
  for (const bytes of [100, 200, 300]) heap.allocate(bytes);
  heap.freeAll();
  expect(heap.allocate(pageBytes - 16)).toBe(16);
});
