import { NoisyNeighbour } from "../../core/noisy-neighbour.ts";
import { pause, type Timers } from "../../core/deadline.ts";
import { FairOrder } from "../../core/fair-order.ts";
import { isIdle, type Clock } from "../../core/idle.ts";
import { limits } from "../../core/limits.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JobEngine, Turn } from "./ports.ts";

/** A render that has not begun. */
interface Waiting {
  readonly tenant: string;
  /** Its place in the order of turns. */
  readonly place: number;
  /** When its timer rang last, and the time before that, as a count of rings. */
  rangAt: number;
  rangBefore: number;
}

/**
 * An isolate's engine, for which jobs wait in turn: those of the express lane and of the queue together, and no
 * tenant's behind all of another's.
 *
 * Between two renders the isolate serves what has come in meanwhile. Before the picture of a tenant that crowds the
 * others it serves what follows from that too, until it has had nothing else to do for some looks of a millisecond or
 * `busyMillisMax` is over. Without that, every step of other tenants' work on this thread waits for a render: a body
 * of 277 KB comes in many pieces, and each would. Before other tenants' pictures one look is enough, and where nobody
 * crowds it is over as soon as what has come is served: a render may take no more than ten milliseconds.
 *
 * No job waits for a promise of another one, since a job whose caller is gone would delay all that follow. Each
 * checks whenever its timer rings whether it is next, and passes over jobs whose timers no longer ring.
 */
export class RenderTurns implements JobEngine {
  readonly #engine: Engine;
  readonly #timers: Timers;
  readonly #order = new FairOrder();
  readonly #waiting = new Set<Waiting>();
  readonly #clock: Clock;
  #begun = 0;
  /** When the first look since the last render was over. */
  #freeSince: number | null = null;
  /** How many looks have found the isolate idle since the last render, and the ring of the last of them. */
  #idleLooks = 0;
  #idleRing = 0;
  #rings = 0;
  readonly #noisyNeighbour: NoisyNeighbour;
  /** The same for all who wait: timers of one length ring in the order in which they were set. */
  #lookMillis = 0;

  constructor(engine: Engine, timers: Timers, clock: Clock) {
    this.#engine = engine;
    this.#timers = timers;
    this.#clock = clock;
    this.#noisyNeighbour = new NoisyNeighbour(clock);
  }

  async render(
    source: Uint8Array,
    transforms: Parameters<Engine["render"]>[1],
    overlay?: Uint8Array,
    { tenant, computeUnits }: Turn = ownTurn,
  ): ReturnType<Engine["render"]> {
    this.#noisyNeighbour.came(tenant, this.#waitingOf(tenant) < this.#waiting.size);
    const place = this.#order.arrive(tenant, computeUnits + limits.turnUnits);
    const mine: Waiting = { tenant, place, rangAt: this.#rings, rangBefore: 0 };
    this.#waiting.add(mine);
    while (!this.#isNext(mine)) await this.#look(mine);
    this.#waiting.delete(mine);
    this.#order.begin(place);
    this.#noisyNeighbour.began(tenant);
    this.#lookMillis = this.#isCrowded() ? 1 : 0;
    this.#begun += 1;
    this.#freeSince = null;
    this.#idleLooks = 0;
    return this.#engine.render(source, transforms, overlay);
  }

  async #look(mine: Waiting): Promise<void> {
    const begun = this.#begun;
    const setAfter = this.#rings;
    const since = this.#clock.now();
    await pause(this.#timers, this.#lookMillis);
    const now = this.#clock.now();
    this.#rings += 1;
    if (begun === this.#begun) {
      this.#freeSince ??= now;
      if (isIdle(since, now)) this.#foundIdle(setAfter);
    }
    mine.rangBefore = mine.rangAt;
    mine.rangAt = this.#rings;
    // Others may have passed over it.
    this.#waiting.add(mine);
  }

  /** Whether the isolate's other tenants have to be spared this one's work. */
  crowds = (tenant: string): boolean => this.#noisyNeighbour.is(tenant, this.#waitingOf(tenant));

  #isCrowded(): boolean {
    const tenants = new Set([...this.#waiting].map(({ tenant }) => tenant));
    return [...tenants].some(this.crowds);
  }

  #waitingOf(tenant: string): number {
    let count = 0;
    for (const waiting of this.#waiting) if (waiting.tenant === tenant) count += 1;
    return count;
  }

  /** Timers that were set together ring together, which is one look. */
  #foundIdle(setAfter: number): void {
    if (this.#idleLooks > 0 && setAfter < this.#idleRing) return;
    this.#idleLooks += 1;
    this.#idleRing = this.#rings;
  }

  /** Whether the isolate has looked long enough at what else there is since the last render. */
  #hasLooked(tenant: string): boolean {
    if (this.#begun === 0) return true;
    if (this.#freeSince === null) return false;
    const isOver = Math.abs(this.#clock.now() - this.#freeSince) >= limits.busyMillisMax;
    return isOver || this.#idleLooks >= (this.crowds(tenant) ? limits.idleLooks : 1);
  }

  #isNext(mine: Waiting): boolean {
    if (!this.#hasLooked(mine.tenant)) return false;
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

/** For a render that is not a tenant's job. */
const ownTurn: Turn = { tenant: "", computeUnits: 1 };
