import { pause, type Timers } from "../../core/deadline.ts";
import { FairOrder } from "../../core/fair-order.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JobEngine, Turn } from "./ports.ts";

/** A render that has not begun. */
interface Waiting {
  /** Its place in the order of turns. */
  readonly place: number;
  /** When its timer rang last, and the time before that, as a count of rings. */
  rangAt: number;
  rangBefore: number;
}

/**
 * An isolate's engine, for which jobs wait in turn: those of the express lane and of the queue together, and no tenant's
 * behind all of another's.
 *
 * Between two renders the isolate looks at what has come in meanwhile. Without that, all jobs whose sources are there are
 * rendered in one go, and every step of whoever else is served by the thread waits for that. Nobody waits for a promise
 * of another job, since one whose caller is gone would hold up all that follow: each looks for itself whether it is next,
 * whenever its timer rings, and passes over those whose timers do not ring any more.
 */
export class RenderTurns implements JobEngine {
  readonly #engine: Engine;
  readonly #timers: Timers;
  readonly #order = new FairOrder();
  readonly #waiting = new Set<Waiting>();
  #begun = 0;
  /** Of those, how many were begun when a timer was set that has rung since. */
  #looked = 0;
  #rings = 0;

  constructor(engine: Engine, timers: Timers) {
    this.#engine = engine;
    this.#timers = timers;
  }

  async render(
    source: Uint8Array,
    transforms: Parameters<Engine["render"]>[1],
    overlay?: Uint8Array,
    { tenant, computeUnits }: Turn = ownTurn,
  ): ReturnType<Engine["render"]> {
    const place = this.#order.arrive(tenant, computeUnits);
    const mine: Waiting = { place, rangAt: this.#rings, rangBefore: 0 };
    this.#waiting.add(mine);
    while (!this.#isNext(mine)) await this.#look(mine);
    this.#waiting.delete(mine);
    this.#order.begin(place);
    this.#begun += 1;
    return this.#engine.render(source, transforms, overlay);
  }

  async #look(mine: Waiting): Promise<void> {
    const before = this.#begun;
    await pause(this.#timers, 0);
    this.#looked = Math.max(this.#looked, before);
    this.#rings += 1;
    mine.rangBefore = mine.rangAt;
    mine.rangAt = this.#rings;
    // Others may have passed over it.
    this.#waiting.add(mine);
  }

  #isNext(mine: Waiting): boolean {
    if (this.#looked < this.#begun) return false;
    let isBefore = true;
    for (const other of this.#waiting) {
      if (other === mine) {
        isBefore = false;
        continue;
      }
      // Its timer was set before mine rang the last time, and would have rung before this.
      if (other.rangAt < mine.rangBefore) this.#waiting.delete(other);
      else if (other.place < mine.place || (isBefore && other.place === mine.place)) return false;
    }
    return true;
  }
}

/** Of a render that is nobody's job. */
const ownTurn: Turn = { tenant: "", computeUnits: 1 };
