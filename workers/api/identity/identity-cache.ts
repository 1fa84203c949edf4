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

/** The bindings that know keys: KV copies to the edge what the Directory decides. */
export interface IdentityEnv {
  readonly IDENTITY: { get(key: string, options: { cacheTtl: number }): Promise<string | null> };
  readonly DIRECTORY: {
    getByName(name: string): { identify(hash: string): Promise<KeyStanding | null> };
  };
}

/** Keeps work alive after its request is answered; an `ExecutionContext` is one. */
export interface RequestContext {
  waitUntil(work: Promise<unknown>): void;
}

/** Result of a look-up; null: there is no such key. */
type LookUp = Result<KeyStanding | null, "unavailable">;

/**
 * The keys that this isolate knows, by hash. An entry is fresh for `identityFreshMillis`; then KV is asked,
 * and on a miss the Directory, so that a new key works at once. During an outage the last known identity
 * is used for up to `identityStaleMillis`.
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
   * Requests that ask for the same key at the same time share one look-up. It belongs to the request that
   * started it, and `waitUntil` keeps it alive when that client goes away. If it dies anyway, the others
   * stop waiting and the next request starts a new one.
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

  /** Keeps serving the cached identity; does not retry on every request during an outage. */
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

  /** Counts calls a second, not open calls: a call that dies with its request would never be subtracted. */
  #mayAskDirectory(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#directorySecond) this.#directoryLookUps = 0;
    this.#directorySecond = second;
    return ++this.#directoryLookUps <= limits.directoryLookUpsPerSecondMax;
  }
}

/** A standing, when it was read from KV or the Directory, and when to check it again. */
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
