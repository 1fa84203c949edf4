/** Allocates parts of one linear memory. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** Sixteen-byte aligned. Throws a RangeError where the memory cannot grow. */
  readonly allocate: (bytes: number) => number;
  readonly free: (pointer: number) => void;
}

const pageBytes = 65_536;
const alignment = 16;

/**
 * A heap in a memory of its own, for pictures whose codec does not share one. First fit over the few
 * blocks of one render, so what is freed is used again and the peak is the sum of what lives together.
 */
export function createHeap(): Heap & { readonly freeAll: () => void } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  /** In order of address. Address 0 stays unused, so that no pointer is ever 0. */
  const blocks: { start: number; end: number }[] = [];

  return {
    memory,
    allocate(bytes) {
      const size = Math.ceil(Math.max(bytes, 1) / alignment) * alignment;
      let start = alignment;
      let index = 0;
      for (const block of blocks) {
        if (block.start - start >= size) break;
        start = block.end;
        index++;
      }
      const end = start + size;
      const missing = end - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
      blocks.splice(index, 0, { start, end });
      return start;
    },
    free(pointer) {
      const index = blocks.findIndex((block) => block.start === pointer);
      if (index < 0) throw new Error(`freed twice or never allocated: ${pointer}`);
      blocks.splice(index, 1);
    },
    freeAll: () => void blocks.splice(0),
  };
}
