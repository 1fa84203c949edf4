import { within } from "../../../core/deadline.ts";
import type { Result } from "../../../core/result.ts";

/** Keeps work alive after its request is answered; an `ExecutionContext` is one. */
export interface RequestContext {
  waitUntil(work: Promise<unknown>): void;
}

/**
 * Requests of one isolate that want the same at the same time share the work. It belongs to the request that
 * started it, and `waitUntil` keeps it alive when that client goes away. If it dies anyway, the others stop
 * waiting after a while and the next request starts over.
 */
export class SingleFlight<Value> {
  readonly #running = new Map<string, Promise<Value>>();

  /** From now on requests for names that begin so start over instead of joining. */
  forget(prefix: string): void {
    for (const name of this.#running.keys())
      if (name.startsWith(prefix)) this.#running.delete(name);
  }

  /** `isLeader`: this request started the work. */
  async join(
    name: string,
    ctx: RequestContext,
    millisMax: number,
    begin: () => Promise<Value>,
  ): Promise<{ readonly isLeader: boolean; readonly result: Result<Value, "unreachable"> }> {
    const joined = this.#running.get(name);
    const running = joined ?? begin();
    if (!joined) {
      this.#running.set(name, running);
      ctx.waitUntil(running.catch(() => undefined));
    }
    const result = await within(globalThis, millisMax, running);
    if (this.#running.get(name) === running) this.#running.delete(name);
    return { isLeader: !joined, result };
  }
}
