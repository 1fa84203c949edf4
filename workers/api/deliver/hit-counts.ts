import { pause } from "../../../core/deadline.ts";
import type { Hits } from "../../../durable-objects/ledger/usage/hits.ts";
import type { RequestContext } from "../http/single-flight.ts";
import { limits } from "../../../core/limits.ts";

/**
 * Hits are counted here and told to the ledger in batches: one call for all that a tenant had in some seconds. They cost
 * the tenant nothing, so a batch that does not arrive is not sent again: the count may be less than there was, never more.
 */
export class HitCounts {
  readonly #open = new Map<string, Hits>();

  /** `tell`: brings a batch to the ledger with this name. */
  count(
    ctx: RequestContext,
    ledger: string,
    bytes: number,
    tell: (hits: Hits) => Promise<unknown>,
  ): void {
    const before = this.#open.get(ledger);
    if (!before && this.#open.size >= limits.hitLedgersMax) return;
    this.#open.set(ledger, {
      requests: (before?.requests ?? 0) + 1,
      bytes: (before?.bytes ?? 0) + bytes,
    });
    // The first of a batch stays until it is sent.
    if (!before) ctx.waitUntil(this.#sendLater(ledger, tell));
  }

  async #sendLater(ledger: string, tell: (hits: Hits) => Promise<unknown>): Promise<void> {
    await pause(globalThis, limits.hitsHeldMillis);
    const hits = this.#open.get(ledger);
    this.#open.delete(ledger);
    try {
      if (hits) await tell(hits);
    } catch (cause) {
      console.warn({ event: "hits-not-told", ledger, cause: String(cause) });
    }
  }
}
