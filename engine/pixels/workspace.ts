import type { Heap } from "./heap.ts";
import { instantiateKernels, type Kernels } from "./kernels.ts";

/** A memory, its heap and the kernels that work in it: where one picture is decoded, changed and encoded. */
export interface Workspace extends Heap {
  readonly kernels: Kernels;
}

export function createWorkspace(kernelModule: WebAssembly.Module, heap: Heap): Workspace {
  return { ...heap, kernels: instantiateKernels(kernelModule, heap.memory) };
}

/** A view that lasts until the memory next grows, which any allocation may cause. */
export function bytesAt(heap: Heap, pointer: number, length: number): Uint8Array {
  return new Uint8Array(heap.memory.buffer, pointer, length);
}
