import { untilIdle } from "../../../core/idle.ts";
import { limits } from "../../../core/limits.ts";
import {
  firstConcurrency,
  quicker,
  slower,
  type ConcurrencyLimit,
} from "../../../core/concurrency-limit.ts";

/** A picture that is being taken in. */
interface Turn {
  readonly tenant: string;
  readonly at: number;
}

interface Waiting {
  readonly since: number;
  readonly go: (turn: Turn) => void;
}

/**
 * The line of pictures that are whole in memory and wait to be stored, or rendered for a client that waits. A turn
 * begins when the thread has nothing else to do, or after a while: first it reads what comes and refuses what it
 * must. How many have their turn at once follows from whether the thread is idle and pictures are stored in time.
 * Tenants take turns, and one may have as many as it leaves free. So a tenant that seldom sends does not wait, and
 * shares the thread with few.
 */
export class UploadLine {
  /** By tenant, in the order of their turns. */
  readonly #lines = new Map<string, Waiting[]>();
  readonly #underWay = new Set<Turn>();
  #concurrency: ConcurrencyLimit = firstConcurrency;

  /** Whether one more picture of this tenant would wait. */
  isWaitedIn(tenant: string): boolean {
    return this.#lines.has(tenant) || !this.#hasRoom(tenant);
  }

  /** Whether a picture of this tenant has waited so long that no other one of it is let in. */
  isLong(tenant: string, now: number): boolean {
    this.#forgetOver(now);
    const first = this.#lines.get(tenant)?.[0];
    return first !== undefined && now - first.since > limits.lineLongMillis;
  }

  async inTurn<Value>(tenant: string, work: () => Promise<Value>): Promise<Value> {
    const turn = await this.#turnOf(tenant);
    try {
      const isIdle = await untilIdle(globalThis, Date);
      this.#concurrency = isIdle
        ? quicker(this.#concurrency, this.#underWay.size)
        : slower(this.#concurrency, Date.now());
      return await work();
    } finally {
      this.#underWay.delete(turn);
      this.#next();
    }
  }

  /** Storing is part of a turn; where it takes long, storage or a ledger has too much to do. */
  async storing<Value>(store: () => Promise<Value>): Promise<Value> {
    const since = Date.now();
    try {
      return await store();
    } finally {
      const now = Date.now();
      if (now - since > limits.takeInMillis) this.#concurrency = slower(this.#concurrency, now);
    }
  }

  #turnOf(tenant: string): Turn | Promise<Turn> {
    this.#lookAgain();
    return this.#hasRoom(tenant) ? this.#begin(tenant) : this.#wait(tenant);
  }

  #hasRoom(tenant: string): boolean {
    let own = 1;
    for (const turn of this.#underWay) if (turn.tenant === tenant) own += 1;
    return own <= this.#concurrency.atOnce - this.#underWay.size;
  }

  #begin(tenant: string): Turn {
    const turn = { tenant, at: Date.now() };
    this.#underWay.add(turn);
    return turn;
  }

  /** No picture waits longer than `lineMillisMax`, whatever became of those before it. */
  async #wait(tenant: string): Promise<Turn> {
    const { promise, resolve } = Promise.withResolvers<Turn>();
    const waiting = { since: Date.now(), go: resolve };
    this.#lines.set(tenant, [...(this.#lines.get(tenant) ?? []), waiting]);
    const lookLater = (): ReturnType<typeof setTimeout> =>
      setTimeout(() => {
        this.#lookAgain();
        look = lookLater();
      }, limits.turnMillisMax);
    let look = lookLater();
    const tired = setTimeout(() => {
      this.#leave(tenant, waiting);
      resolve(this.#begin(tenant));
    }, limits.lineMillisMax);
    try {
      return await promise;
    } finally {
      clearTimeout(look);
      clearTimeout(tired);
    }
  }

  #lookAgain(): void {
    this.#forgetOver(Date.now());
    this.#next();
  }

  /** A tenant that has had its turn stands last, and is looked at again. */
  #next(): void {
    for (const [tenant, [waiting, ...others]] of this.#lines) {
      if (!waiting || !this.#hasRoom(tenant)) continue;
      this.#lines.delete(tenant);
      if (others.length > 0) this.#lines.set(tenant, others);
      waiting.go(this.#begin(tenant));
    }
  }

  #leave(tenant: string, waiting: Waiting): void {
    const line = this.#lines.get(tenant)?.filter((each) => each !== waiting);
    if (line && line.length > 0) this.#lines.set(tenant, line);
    else this.#lines.delete(tenant);
  }

  /** Removes turns that are over and requests that died while they waited: nothing else removes them. */
  #forgetOver(now: number): void {
    const isOver = (since: number, millisMax: number) => Math.abs(now - since) > millisMax;
    for (const turn of this.#underWay) {
      if (isOver(turn.at, limits.turnMillisMax)) this.#underWay.delete(turn);
    }
    for (const [tenant, line] of this.#lines) {
      const living = line.filter(({ since }) => !isOver(since, limits.lineMillisMax));
      if (living.length === 0) this.#lines.delete(tenant);
      else if (living.length < line.length) this.#lines.set(tenant, living);
    }
  }
}
