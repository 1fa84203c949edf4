import type { Random } from "../time/random.ts";
import type { Wire } from "./wire.ts";

/** How long a location may go on reading what an entry held before: KV's own bound. */
const staleMillisMax = 60_000;

interface Entry {
  readonly value: string | null;
  readonly at: number;
}

/** Workers KV: a write is seen by every location within a minute, and in no order before that. */
export class KeyValue {
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #entries = new Map<string, Entry[]>();

  constructor(wire: Wire, random: Random) {
    this.#wire = wire;
    this.#random = random;
  }

  put(key: string, value: string): Promise<void> {
    return this.#wire.call("identity", () => this.#write(key, value));
  }

  delete(key: string): Promise<void> {
    return this.#wire.call("identity", () => this.#write(key, null));
  }

  get(key: string): Promise<string | null> {
    return this.#wire.call("identity", () => {
      const entries = this.#entries.get(key) ?? [];
      const now = this.#wire.timeline.now;
      const settled = entries.findLastIndex(({ at }) => at + staleMillisMax <= now);
      const visible = entries.slice(Math.max(0, settled));
      if (settled < 0) visible.unshift({ value: null, at: 0 });
      return this.#random.pick(visible).value;
    });
  }

  /** What every location reads in the end. */
  newest(key: string): string | null {
    return this.#entries.get(key)?.at(-1)?.value ?? null;
  }

  #write(key: string, value: string | null): void {
    const entries = this.#entries.get(key) ?? [];
    this.#entries.set(key, [...entries.slice(-3), { value, at: this.#wire.timeline.now }]);
  }
}
