import { originalId } from "../../../core/delivery/original.ts";
import type { Identity } from "../../../core/identity/standing.ts";
import { ledgerName } from "../../../core/job/ledger-address.ts";
import { limits } from "../../../core/limits.ts";
import type { Problem } from "../../../core/problem.ts";
import type { StoreAnswer } from "../../../durable-objects/ledger/ledger-calls.ts";
import { callLedger } from "../call-ledger.ts";
import { homeOf } from "../regions.ts";
import type { Call } from "../route.ts";

/** A tenant's stored pictures as its ledger counts them: the first one of its home region. */
export class CountedOriginals {
  readonly #call: Call;
  readonly #owner: Identity;
  readonly #ledger: string;
  /** Doubts of pictures that are being stored, by their hashes. */
  readonly #doubts = new Map<string, number>();

  constructor(call: Call, owner: Identity) {
    const { tenant } = owner;
    this.#call = call;
    this.#owner = owner;
    this.#ledger = ledgerName({ tenant, region: homeOf(call.env, owner), shard: 0 });
  }

  /** Counts a picture before it is stored: null, or why the tenant may not store it. */
  async reserve({ sha256: hash, bytes }: Sized): Promise<Problem | null> {
    const { key, limits: granted, limitsVersion } = this.#owner;
    const request = { key, limits: granted, limitsVersion, hash, bytes };
    const answer = await this.#call.timing.measure("reserve", () =>
      callLedger(this.#call, this.#ledger, async (ledger): Promise<StoreAnswer> =>
        ledger.reserveOriginal(request),
      ),
    );
    if (!answer.ok) return answer.error;
    this.#doubts.set(hash, answer.value.doubt);
    return null;
  }

  /** It is stored. If this call does not reach the ledger, the ledger looks by itself. */
  async settle(hash: string): Promise<void> {
    const doubt = this.#doubts.get(hash);
    if (doubt === undefined) return;
    await callLedger(this.#call, this.#ledger, (ledger) =>
      ledger.settleOriginal(hash, doubt),
    ).catch(() => console.warn({ event: "original-not-settled", image: originalId(hash) }));
  }

  /** Deletes the picture, which gives its room back. */
  remove(hash: string): Promise<void> {
    return callLedger(
      this.#call,
      this.#ledger,
      async (ledger): Promise<void> => ledger.removeOriginal(hash),
      { heldMillis: limits.storageMillisMax },
    );
  }
}

interface Sized {
  readonly sha256: string;
  readonly bytes: number;
}
