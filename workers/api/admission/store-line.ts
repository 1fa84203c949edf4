import { limits } from "../../../core/limits.ts";

/** A picture that is being stored. */
interface Begun {
  readonly at: number;
}

interface Waiting {
  readonly since: number;
  readonly go: (begun: Begun) => void;
}

/**
 * The line of pictures that are whole in memory and wait to be stored. As many are stored at once as are done in
 * time: one more with each that is, half as many when one is not; so that whatever is slow, the processor, R2
 * or the ledger, is not made slower. Tenants take turns, so none waits for another's burst.
 */
export class StoreLine {
  /** By tenant, in the order of their turns. */
  readonly #lines = new Map<string, Waiting[]>();
  readonly #begun = new Set<Begun>();
  #atOnce: number = limits.storesAtOnceMax;
  #fellAt = 0;

  /** Whether a picture of this tenant has waited so long that another one has no business here. */
  isLong(tenant: string, now: number): boolean {
    this.#forgetDead(now);
    const first = this.#lines.get(tenant)?.[0];
    return first !== undefined && now - first.since > limits.takeInMillis;
  }

  async inTurn<Value>(tenant: string, store: () => Promise<Value>): Promise<Value> {
    this.#forgetDead(Date.now());
    const begun = this.#beginIfFree() ?? (await this.#wait(tenant));
    try {
      return await store();
    } finally {
      this.#begun.delete(begun);
      const now = Date.now();
      this.#adapt(now - begun.at, now);
      this.#next();
    }
  }

  #beginIfFree(): Begun | null {
    return this.#begun.size < this.#atOnce ? this.#begin() : null;
  }

  #begin(): Begun {
    const begun = { at: Date.now() };
    this.#begun.add(begun);
    return begun;
  }

  /** Nobody waits longer than `lineMillisMax`, whatever became of those before. */
  async #wait(tenant: string): Promise<Begun> {
    const { promise, resolve } = Promise.withResolvers<Begun>();
    const waiting = { since: Date.now(), go: resolve };
    this.#lines.set(tenant, [...(this.#lines.get(tenant) ?? []), waiting]);
    const tired = setTimeout(() => {
      this.#leave(tenant, waiting);
      resolve(this.#begin());
    }, limits.lineMillisMax);
    try {
      return await promise;
    } finally {
      clearTimeout(tired);
    }
  }

  #next(): void {
    for (const [tenant, [waiting, ...others]] of this.#lines) {
      const begun = waiting && this.#beginIfFree();
      if (!begun) return;
      this.#lines.delete(tenant);
      if (others.length > 0) this.#lines.set(tenant, others);
      waiting.go(begun);
    }
  }

  #leave(tenant: string, waiting: Waiting): void {
    const line = this.#lines.get(tenant)?.filter((each) => each !== waiting);
    if (line && line.length > 0) this.#lines.set(tenant, line);
    else this.#lines.delete(tenant);
  }

  #adapt(millis: number, now: number): void {
    if (millis <= limits.takeInMillis) {
      this.#atOnce = Math.min(limits.storesAtOnceMax, this.#atOnce + 1);
    } else if (Math.abs(now - this.#fellAt) > limits.takeInMillis) {
      // Once for all that were under way together: they all say the same.
      this.#fellAt = now;
      this.#atOnce = Math.max(limits.storesAtOnceMin, Math.floor(this.#atOnce / 2));
    }
  }

  /** Of requests that died, while they stored or waited: nothing else takes them out of the line. */
  #forgetDead(now: number): void {
    const isDead = (since: number, millisMax: number) => Math.abs(now - since) > millisMax;
    for (const begun of this.#begun) {
      if (isDead(begun.at, limits.uploadGraceMillis)) this.#begun.delete(begun);
    }
    for (const [tenant, line] of this.#lines) {
      const living = line.filter(({ since }) => !isDead(since, limits.lineMillisMax));
      if (living.length === 0) this.#lines.delete(tenant);
      else if (living.length < line.length) this.#lines.set(tenant, living);
    }
  }
}
