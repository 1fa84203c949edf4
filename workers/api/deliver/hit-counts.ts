import { pause } from "../../../core/deadline.ts";
import type { Hits } from "../../../durable-objects/ledger/usage/hits.ts";
import type { RequestContext } from "../http/single-flight.ts";
import { limits } from "../../../core/limits.ts";

interface Batch {
  readonly hits: Hits;
  /** When it is sent, epoch milliseconds. */
  readonly until: number;
}

/**
 * Hits are counted here and told to the ledger in batches: one call for all that a tenant had in some seconds. They cost
 * the tenant nothing, so a batch that does not arrive is not sent again: the count may be less than there was, never more.
 */
export class HitCounts {
  readonly #open = new Map<string, Batch>();

  /** `tell`: brings a batch to the ledger with this name. */
  count(
    ctx: RequestContext,
    ledger: string,
    bytes: number,
    tell: (hits: Hits) => Promise<unknown>,
  ): void {
    const now = Date.now();
    const before = this.#open.get(ledger);
    if (!before && this.#open.size >= limits.hitLedgersMax) return;
    const requests = (before?.hits.requests ?? 0) + 1;
    const hits = { requests, bytes: (before?.hits.bytes ?? 0) + bytes };
    // By the clock: the request that was to send the batch may have died, and then this one does.
    const isHeld = before !== undefined && now < before.until;
    this.#open.set(ledger, { hits, until: isHeld ? before.until : now + limits.hitsHeldMillis });
    if (!isHeld) ctx.waitUntil(this.#sendLater(ledger, tell));
  }

  async #sendLater(ledger: string, tell: (hits: Hits) => Promise<unknown>): Promise<void> {
    await pause(globalThis, limits.hitsHeldMillis);
    const hits = this.#open.get(ledger)?.hits;
    this.#open.delete(ledger);
    try {
      if (hits) await tell(hits);
    } catch (cause) {
      console.warn({ event: "hits-not-told", ledger, cause: String(cause) });
    }
  }
}
