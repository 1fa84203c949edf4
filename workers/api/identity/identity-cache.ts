import {
  isRevoked,
  newerStanding,
  parseStanding,
  standingKey,
  type KeyStanding,
} from "../../../core/identity/standing.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { Lru } from "./lru.ts";
import { within } from "../../../core/deadline.ts";

/** The bindings that know keys: KV repeats near the door what the Directory decides. */
export interface IdentityEnv {
  readonly IDENTITY: { get(key: string, options: { cacheTtl: number }): Promise<string | null> };
  readonly DIRECTORY: {
    getByName(name: string): { identify(hash: string): Promise<KeyStanding | null> };
  };
}

/** Keeps work alive beyond its request's answer; an `ExecutionContext` is one. */
export interface RequestContext {
  waitUntil(work: Promise<unknown>): void;
}

/** What a look-up ends with; null: there is no such key. */
type LookUp = Result<KeyStanding | null, "unavailable">;

/**
 * What this isolate knows of keys, by hash. Fresh for `identityFreshMillis`; then KV is asked, and on a
 * miss the Directory, so that a new key works at once. When what should confirm an identity cannot be
 * reached, the last reading serves up to `identityStaleMillis` after it was made.
 */
export class IdentityCache {
  readonly #known = new Lru<string, Reading>(limits.identityCacheMax);
  readonly #unknown = new Lru<string, number>(limits.unknownKeysCacheMax);
  readonly #running = new Map<string, Promise<LookUp>>();
  #directorySecond = 0;
  #directoryLookUps = 0;

  async find(hash: string, env: IdentityEnv, ctx: RequestContext, now: number): Promise<LookUp> {
    const reading = this.#known.get(hash);
    if (reading && (isRevoked(reading.standing) || now < reading.recheckAt)) {
      return ok(reading.standing);
    }
    if (now < (this.#unknown.get(hash) ?? 0)) return ok(null);
    return this.#join(hash, ctx, () => this.#lookUp(hash, env, now));
  }

  /**
   * One look-up serves everybody who asks for the same key meanwhile. It belongs to the request that
   * began it, and `waitUntil` keeps it alive when that client goes away; should it die all the same, those
   * who joined stop waiting and the next request begins anew.
   */
  async #join(hash: string, ctx: RequestContext, begin: () => Promise<LookUp>): Promise<LookUp> {
    let running = this.#running.get(hash);
    if (!running) {
      running = begin();
      this.#running.set(hash, running);
      ctx.waitUntil(running);
    }
    const found = await within(
      globalThis,
      limits.identityKvMillisMax + limits.directoryMillisMax,
      running,
    );
    if (this.#running.get(hash) === running) this.#running.delete(hash);
    return found.ok ? found.value : err("unavailable");
  }

  async #lookUp(hash: string, env: IdentityEnv, now: number): Promise<LookUp> {
    const published = await readPublished(hash, env);
    if (published.ok && published.value) return this.#remember(hash, published.value, now);
    const last = this.#lastKnown(hash, now);
    if (!published.ok && last) return this.#keep(hash, last, now);

    const decided = await this.#askDirectory(hash, env, now);
    if (decided.ok) return this.#remember(hash, decided.value, now);
    return last ? this.#keep(hash, last, now) : err("unavailable");
  }

  #remember(hash: string, standing: KeyStanding | null, now: number): LookUp {
    const recheckAt = now + limits.identityFreshMillis;
    if (standing) {
      // A location may still have an older entry than one that was read before.
      const before = this.#known.get(hash)?.standing;
      const newest = before ? newerStanding(before, standing) : standing;
      this.#known.set(hash, { standing: newest, readAt: now, recheckAt });
      return ok(newest);
    }
    this.#unknown.set(hash, recheckAt);
    return ok(standing);
  }

  /** An unconfirmed reading serves on, and is not tried again with every request of an outage. */
  #keep(hash: string, reading: Reading, now: number): LookUp {
    this.#known.set(hash, { ...reading, recheckAt: now + limits.identityFreshMillis });
    return ok(reading.standing);
  }

  #lastKnown(hash: string, now: number): Reading | null {
    const reading = this.#known.get(hash);
    return reading && now - reading.readAt < limits.identityStaleMillis ? reading : null;
  }

  async #askDirectory(
    hash: string,
    env: IdentityEnv,
    now: number,
  ): Promise<Result<KeyStanding | null, "unreachable">> {
    if (!this.#mayAskDirectory(now)) return err("unreachable");
    const directory = env.DIRECTORY.getByName("directory");
    return within(globalThis, limits.directoryMillisMax, directory.identify(hash));
  }

  /** Counts by the second rather than by open calls: a call that dies with its request is never taken off. */
  #mayAskDirectory(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#directorySecond) this.#directoryLookUps = 0;
    this.#directorySecond = second;
    return ++this.#directoryLookUps <= limits.directoryLookUpsPerSecondMax;
  }
}

/** A standing, when it was read from KV or the Directory, and when it wants to be confirmed. */
interface Reading {
  readonly standing: KeyStanding;
  readonly readAt: number;
  readonly recheckAt: number;
}

async function readPublished(
  hash: string,
  env: IdentityEnv,
): Promise<Result<KeyStanding | null, "unreachable">> {
  const text = await within(
    globalThis,
    limits.identityKvMillisMax,
    env.IDENTITY.get(standingKey(hash), { cacheTtl: limits.identityKvCacheSeconds }),
  );
  if (!text.ok) return text;
  return ok(text.value === null ? null : parseStanding(text.value));
}
