import { limits } from "../../../core/limits.ts";
import { isFlooded } from "../admission/floods.ts";
import type { ApiEnv } from "../env.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { SingleFlight, type RequestContext } from "../http/single-flight.ts";
import { Lru } from "./lru.ts";
import { within } from "../../../core/deadline.ts";

/** KV copies to the edge what the Directory decides. */
export interface EdgeEnv<Directory> extends Pick<ApiEnv, "FLOODS"> {
  readonly IDENTITY: { get(key: string, options: { cacheTtl: number }): Promise<string | null> };
  readonly DIRECTORY: { getByName(name: string): Directory };
}

/** One kind of thing that the Directory decides and KV repeats. */
export interface EdgeKind<Value, Directory> {
  kvKey(name: string): string;
  /** Null for an entry that this version cannot read; the Directory is asked then. */
  parse(text: string): Value | null;
  ask(directory: Directory, name: string): Promise<Value | null>;
  /** The newer of two readings: writes to KV may arrive late and out of order. */
  newer(one: Value, other: Value): Value;
  /** It will never change again, so it is not looked up again. */
  isFinal(value: Value): boolean;
}

/** Result of a look-up; null: there is no such thing. */
type LookUp<Value> = Result<Value | null, "unavailable">;

/**
 * What this isolate knows of what the Directory decides, by name. An entry is fresh for
 * `identityFreshMillis`; then KV is asked, and on a miss the Directory, so that what is new works at once.
 * During an outage what was known last is used for up to `identityStaleMillis`.
 */
export class EdgeCopy<Value, Directory> {
  readonly #kind: EdgeKind<Value, Directory>;
  readonly #known = new Lru<string, Reading<Value>>(
    limits.identityCacheMax,
    ({ kilobytes }) => kilobytes,
  );
  readonly #unknown = new Lru<string, number>(limits.unknownKeysCacheMax);
  readonly #running = new SingleFlight<LookUp<Value>>();
  readonly #newestAsked = new Lru<string, number>(limits.unknownKeysCacheMax);
  #newestAskedAt = -Infinity;
  #directorySecond = 0;
  #directoryLookUps = 0;

  constructor(kind: EdgeKind<Value, Directory>) {
    this.#kind = kind;
  }

  async find(
    name: string,
    env: EdgeEnv<Directory>,
    ctx: RequestContext,
    now: number,
  ): Promise<LookUp<Value>> {
    const reading = this.#known.get(name);
    if (reading && this.#kind.isFinal(reading.value)) return ok(reading.value);
    if (reading && isFresh(reading.recheckAt, now)) {
      this.#readAhead(name, reading, env, ctx, now);
      return ok(reading.value);
    }
    if (isFresh(this.#unknown.get(name) ?? 0, now)) return ok(null);
    return this.#join(name, ctx, () => this.#lookUp(name, env, now));
  }

  /**
   * What the Directory says now, for a request that does not fit what is known. It is asked only once in a while, so
   * that a flood of such requests does not reach it; the others get `unavailable`. Requests that come meanwhile share
   * the answer.
   */
  newest(
    name: string,
    env: EdgeEnv<Directory>,
    ctx: RequestContext,
    now: number,
  ): Promise<LookUp<Value>> {
    return this.#join(`newest ${name}`, ctx, async () => {
      if (!this.#mayAskNewest(name, now)) return err("unavailable");
      const decided = await this.#askDirectory(name, env, now);
      return decided.ok ? this.#remember(name, decided.value, now) : err("unavailable");
    });
  }

  /** What is in use is read again shortly before it expires, so that no request waits for KV. */
  #readAhead(
    name: string,
    reading: Reading<Value>,
    env: EdgeEnv<Directory>,
    ctx: RequestContext,
    now: number,
  ): void {
    if (reading.isReadAhead || now < reading.recheckAt - limits.identityAheadMillis) return;
    this.#known.set(name, { ...reading, isReadAhead: true });
    ctx.waitUntil(this.#lookUp(name, env, now));
  }

  async #join(
    name: string,
    ctx: RequestContext,
    begin: () => Promise<LookUp<Value>>,
  ): Promise<LookUp<Value>> {
    const millisMax = limits.identityKvMillisMax + limits.directoryMillisMax;
    const { result } = await this.#running.join(name, ctx, millisMax, begin);
    return result.ok ? result.value : err("unavailable");
  }

  async #lookUp(name: string, env: EdgeEnv<Directory>, now: number): Promise<LookUp<Value>> {
    const published = await this.#readPublished(name, env);
    if (published.ok && published.value) return this.#remember(name, published.value, now);
    const last = this.#lastKnown(name, now);
    if (!published.ok && last) return this.#keep(name, last, now);

    const decided = await this.#askDirectory(name, env, now);
    if (decided.ok) return this.#remember(name, decided.value, now);
    return last ? this.#keep(name, last, now) : err("unavailable");
  }

  #remember(name: string, value: Value | null, now: number): LookUp<Value> {
    const recheckAt = now + limits.identityFreshMillis;
    if (value !== null) {
      // A location may still have an older entry than one that was read before.
      const before = this.#known.get(name)?.value;
      const newest = before === undefined ? value : this.#kind.newer(before, value);
      const kilobytes = Math.ceil(JSON.stringify(newest).length / 1024);
      const reading = { value: newest, kilobytes, readAt: now, recheckAt, isReadAhead: false };
      this.#known.set(name, reading);
      return ok(newest);
    }
    this.#unknown.set(name, recheckAt);
    return ok(null);
  }

  /** Keeps serving what was known; does not retry on every request during an outage. */
  #keep(name: string, reading: Reading<Value>, now: number): LookUp<Value> {
    const recheckAt = now + limits.identityFreshMillis;
    this.#known.set(name, { ...reading, recheckAt, isReadAhead: false });
    return ok(reading.value);
  }

  #lastKnown(name: string, now: number): Reading<Value> | null {
    const reading = this.#known.get(name);
    return reading && now - reading.readAt < limits.identityStaleMillis ? reading : null;
  }

  async #askDirectory(
    name: string,
    env: EdgeEnv<Directory>,
    now: number,
  ): Promise<Result<Value | null, "unreachable">> {
    if (!this.#mayAskDirectory(now) || (await isFlooded(env, "directory")))
      return err("unreachable");
    const directory = env.DIRECTORY.getByName("directory");
    const asking = this.#kind.ask(directory, name);
    const answer = await within(globalThis, limits.directoryMillisMax, asking);
    if (!answer.ok) return answer;
    // One of an older version leaves out what this one knows a default for.
    return ok(this.#kind.parse(JSON.stringify(answer.value)) ?? answer.value);
  }

  #mayAskNewest(name: string, now: number): boolean {
    const last = this.#newestAsked.get(name) ?? -Infinity;
    if (Math.abs(now - last) < limits.newestOfOneMillis) return false;
    if (Math.abs(now - this.#newestAskedAt) < limits.newestMillis) return false;
    this.#newestAsked.set(name, now);
    this.#newestAskedAt = now;
    return true;
  }

  /** Counts calls a second, not open calls: a call that dies with its request would never be subtracted. */
  #mayAskDirectory(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#directorySecond) this.#directoryLookUps = 0;
    this.#directorySecond = second;
    return ++this.#directoryLookUps <= limits.directoryLookUpsPerSecondMax;
  }

  async #readPublished(
    name: string,
    env: EdgeEnv<Directory>,
  ): Promise<Result<Value | null, "unreachable">> {
    const text = await within(
      globalThis,
      limits.identityKvMillisMax,
      env.IDENTITY.get(this.#kind.kvKey(name), { cacheTtl: limits.identityKvCacheSeconds }),
    );
    if (!text.ok) return text;
    return ok(text.value === null ? null : this.#kind.parse(text.value));
  }
}

/** The clock may have stepped back since. */
const isFresh = (recheckAt: number, now: number): boolean =>
  now < recheckAt && recheckAt - now <= limits.identityFreshMillis;

/** A value, when it was read from KV or the Directory, and when to check it again. */
interface Reading<Value> {
  readonly value: Value;
  /** As JSON, by which the cache is bounded: an identity has one, settings with all presets that there may be some 400. */
  readonly kilobytes: number;
  readonly readAt: number;
  readonly recheckAt: number;
  /** A look-up before that time is under way, or was: if it died, the next one comes at that time. */
  readonly isReadAhead: boolean;
}
