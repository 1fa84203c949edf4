import { nextTick } from "node:process";
import type { Process } from "./process.ts";

/** Something that will happen to a process. `null` as process: to the world itself. */
export interface Event {
  readonly at: number;
  readonly order: number;
  readonly process: Process | null;
  readonly happen: () => void;
  cancelled: boolean;
}

/**
 * Virtual time: one event after the other, in one thread. Between two events every promise that can go on
 * has gone on, so whatever runs then runs on the process of the event, and the order of everything follows
 * from the seed. Times are true epoch milliseconds; processes read clocks of their own.
 */
export class Timeline {
  now: number;
  /** On whose behalf code runs at this moment; null: the world's. */
  process: Process | null = null;
  /** Events that have happened. */
  steps = 0;
  /** Differs when anything happened at another time or in another order. */
  trace = 0;
  readonly #heap: Event[] = [];
  #order = 0;
  #turn: Process | null = null;

  constructor(startAt: number) {
    this.now = startAt;
  }

  after(millis: number, process: Process | null, happen: () => void): Event {
    const event: Event = {
      at: this.now + Math.max(0, millis),
      order: this.#order++,
      process,
      happen,
      cancelled: false,
    };
    push(this.#heap, event);
    return event;
  }

  /** From here to the end of the event code runs on this process. */
  enter(process: Process): void {
    if (this.#turn) throw new Error("an event belongs to one process");
    this.process = process;
    this.#turn = process;
    process.beginTurn();
  }

  /** Lets time pass until nothing is left to happen before `until`, or `enough` says so after an event. */
  run(until: number, enough: () => boolean = () => false): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const step = () => {
      try {
        this.#endTurn();
        const event = enough() ? null : this.#nextBefore(until);
        if (!event) {
          this.now = enough() ? this.now : Math.max(this.now, until);
          this.process = null;
          resolve();
          return;
        }
        this.now = Math.max(this.now, event.at);
        this.steps += 1;
        this.trace =
          Math.imul(this.trace ^ event.order ^ Math.floor(this.now * 1024), 0x01000193) >>> 0;
        if (event.process) this.enter(event.process);
        event.happen();
        // Node runs this tick when no microtask is left: see `processTicksAndRejections`.
        queueMicrotask(() => nextTick(step));
      } catch (cause) {
        this.process = null;
        reject(cause instanceof Error ? cause : new Error(String(cause)));
      }
    };
    nextTick(step);
    return promise;
  }

  #endTurn(): void {
    const turn = this.#turn;
    this.#turn = null;
    this.process = null;
    turn?.endTurn();
  }

  #nextBefore(until: number): Event | null {
    for (;;) {
      const [first] = this.#heap;
      if (!first || first.at > until) return null;
      pop(this.#heap);
      if (!first.cancelled && (first.process === null || first.process.alive)) return first;
    }
  }
}

const isBefore = (left: Event, right: Event): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

function push(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (!above || !isBefore(event, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const child =
      heap[left + 1] && isBefore(heap[left + 1] as Event, heap[left] as Event) ? left + 1 : left;
    const below = heap[child];
    if (!below || !isBefore(below, last)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
}
