type Happen = (now: number) => void;

/** Events in the order of their times: a binary heap. */
export class EventQueue {
  readonly #heap: { readonly at: number; readonly happen: Happen }[] = [];

  add(at: number, happen: Happen): void {
    const heap = this.#heap;
    heap.push({ at, happen });
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfLater(parent, index)) return;
      index = parent;
    }
  }

  /** Until nothing is left to happen. */
  run(): void {
    for (let next = this.#takeFirst(); next; next = this.#takeFirst()) next.happen(next.at);
  }

  #takeFirst() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || !last) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const leftAt = heap[left]?.at ?? Infinity;
      const child = (heap[right]?.at ?? Infinity) < leftAt ? right : left;
      if (child >= heap.length || !this.#swapIfLater(index, child)) return first;
      index = child;
    }
  }

  /** Whether the one above was later than the one below. */
  #swapIfLater(above: number, below: number): boolean {
    const heap = this.#heap;
    const [upper, lower] = [heap[above], heap[below]];
    if (!upper || !lower || upper.at <= lower.at) return false;
    heap[above] = lower;
    heap[below] = upper;
    return true;
  }
}
