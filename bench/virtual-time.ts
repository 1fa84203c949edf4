import { setImmediate as turn } from "node:timers/promises";

/** A clock that moves only when all work waits for it. */
export class VirtualTime {
  now: number;
  readonly #waking = new Map<number, (() => void)[]>();

  constructor(now: number) {
    this.now = now;
  }

  pass(millis: number): Promise<void> {
    return new Promise((wake) => {
      const at = this.now + millis;
      const others = this.#waking.get(at);
      if (others) others.push(wake);
      else this.#waking.set(at, [wake]);
    });
  }

  /** Runs `work` to its end. */
  async run<Value>(work: () => Promise<Value>): Promise<Value> {
    const state = { running: true };
    const result = work().finally(() => {
      state.running = false;
    });
    // A rejection is the caller's; here it only ends the loop.
    result.catch(() => undefined);
    for (await turn(); state.running; await turn()) {
      const next = Math.min(...this.#waking.keys());
      const due = this.#waking.get(next);
      if (!due) throw new Error("everybody waits, and nothing will come");
      this.#waking.delete(next);
      this.now = next;
      for (const wake of due) wake();
    }
    return result;
  }
}
