import { within } from "../../../core/deadline.ts";
import { outputFormats, type OutputFormat } from "../../../core/image/formats.ts";
import { limits } from "../../../core/limits.ts";
import type { RequestContext } from "../http/single-flight.ts";
import { Lru } from "../identity/lru.ts";

/** The platform's cache of one location, as far as it is used here: the Workers Cache API. */
interface PlatformCache {
  match(key: string): Promise<Response | undefined>;
  put(key: string, response: Response): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/** A rendition, and what an answer says of it. */
export interface Copy {
  readonly format: OutputFormat;
  /** SHA-256 of its source. */
  readonly hash: string;
  readonly etag: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** When storage was asked for it, epoch milliseconds. */
  readonly askedAt: number;
}

export interface FoundCopy extends Omit<Copy, "bytes"> {
  readonly body: ReadableStream | Uint8Array<ArrayBuffer>;
  readonly bytes: number;
  /** Until then it may be sent without asking storage again. */
  readonly freshUntil: number;
}

/** A fresh one, in this isolate's memory. */
interface HeldCopy extends FoundCopy {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly name: string;
}

interface Kept {
  readonly read: () => Promise<Copy>;
  readonly bytes: number;
  readonly freshUntil: number;
  readonly now: number;
}

/** Where a copy lies. */
export interface Place {
  readonly tenant: string;
  /** Contains all that an answer depends on, so that a copy is never wrong, only out of date. */
  readonly name: string;
  /** The URL that it has in the location's cache, with the name's hash: what is in memory is found without it. */
  readonly key: string;
}

/**
 * Copies of renditions in the location that the visitor is at, those asked for last in this isolate's memory too. A
 * copy ends `copyFreshMillis + copyStaleMillis` after storage was asked; in the isolate that deletes or purges, at
 * once. A cache that fails or is slow counts as empty.
 */
class LocationCache {
  readonly #open: () => Promise<PlatformCache>;
  /** When a copy may be put, or looked at, again. */
  readonly #begun = new Lru<string, number>(limits.copiesKnownMax);
  /** Copies from before that time are not sent: of a tenant, of one source … */
  readonly #ended = new Map<string, number>();
  /** … or of anybody, since more have ended than are remembered. */
  #allEnded = 0;
  /** Sent while they are fresh. Then the location's own are, which another isolate may have renewed. */
  readonly #inMemory = new Lru<string, HeldCopy>(
    limits.copiesInMemoryBytesMax,
    ({ bytes, name }) => bytes + name.length,
  );
  /** Read or put at this time. */
  readonly #underWay = new Set<{ readonly bytes: number; readonly since: number }>();

  constructor(open: () => Promise<PlatformCache>) {
    this.#open = open;
  }

  async find(place: Place, now: number): Promise<FoundCopy | null> {
    const held = this.#inMemory.get(place.name);
    // The clock may have stepped back since.
    const isFresh = held && held.askedAt <= now && now < held.freshUntil;
    if (isFresh && !this.#hasEnded(place, held)) return held;
    const copy = await this.#ask((cache) => this.#read(cache, place, now));
    if (!copy) return null;
    if (!this.#hasEnded(place, copy)) return copy;
    if (copy.body instanceof ReadableStream) void copy.body.cancel();
    return null;
  }

  /** Into memory, if it is fresh and there is room. */
  async #read(cache: PlatformCache, { name, key }: Place, now: number): Promise<FoundCopy | null> {
    const found = await cache.match(key);
    const copy = found?.body ? copyOf(found, found.body, now) : null;
    if (!found || !copy || now >= copy.freshUntil || !this.#hasRoom(copy.bytes, now)) return copy;
    const release = this.#hold(copy.bytes, now);
    const held = { ...copy, name, body: new Uint8Array(await found.arrayBuffer()) };
    this.#inMemory.set(name, held);
    release();
    return held;
  }

  #hasRoom(bytes: number, now: number): boolean {
    let sum = bytes;
    for (const held of this.#underWay) {
      // By the clock: work may die with its request.
      if (Math.abs(now - held.since) >= limits.copyAgainMillis) this.#underWay.delete(held);
      else sum += held.bytes;
    }
    return bytes <= limits.copyBytesMax && sum <= limits.copiesHeldBytesMax;
  }

  /** Returns what ends it. */
  #hold(bytes: number, since: number): () => void {
    const held = { bytes, since };
    this.#underWay.add(held);
    return () => this.#underWay.delete(held);
  }

  /** Whether a rendition of this many bytes is read into memory now, to be kept; then `keep` must be called. */
  takes({ key }: Place, bytes: number, now: number): boolean {
    return this.#hasRoom(bytes, now) && this.#begin(`keep ${key}`, now);
  }

  /**
   * Reads a rendition that `takes` let in, and puts a copy of it in the background. `freshUntil`: when its source has
   * to be asked again, if that is sooner.
   */
  async keep(
    ctx: RequestContext,
    { key }: Place,
    { read, bytes, freshUntil, now }: Kept,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const release = this.#hold(bytes, now);
    try {
      const copy = await read();
      const fresh = Math.max(0, Math.min(limits.copyFreshMillis, freshUntil - copy.askedAt));
      const seconds = Math.ceil((fresh + limits.copyStaleMillis) / 1000);
      const response = responseOf(copy, copy.askedAt + fresh, seconds);
      ctx.waitUntil(this.#ask((cache) => cache.put(key, response)).then(release));
      return copy.bytes;
    } catch (cause) {
      release();
      throw cause;
    }
  }

  /** Has one request in a while look at a copy again, in the background. */
  renew(ctx: RequestContext, { key }: Place, look: () => Promise<void>, now: number): void {
    if (this.#begin(`renew ${key}`, now)) ctx.waitUntil(look());
  }

  async drop({ name, key }: Place): Promise<void> {
    this.#inMemory.delete(name);
    await this.#ask((cache) => cache.delete(key));
  }

  /** What this isolate has copied before is not sent any more. `hash`: of one source; absent: of any. */
  end(now: number, tenant: string, hash?: string): void {
    if (this.#ended.size >= limits.copiesKnownMax) {
      this.#ended.clear();
      this.#allEnded = now;
    }
    this.#ended.set(endName(tenant, hash), now);
  }

  #hasEnded({ tenant }: Place, { hash, askedAt }: FoundCopy): boolean {
    return [endName(tenant), endName(tenant, hash)].some(
      (name) => askedAt <= (this.#ended.get(name) ?? this.#allEnded),
    );
  }

  /** By the clock, not by when the work ends: work may die with its request. */
  #begin(name: string, now: number): boolean {
    if (now < (this.#begun.get(name) ?? 0)) return false;
    this.#begun.set(name, now + limits.copyAgainMillis);
    return true;
  }

  async #ask<Value>(question: (cache: PlatformCache) => Promise<Value>): Promise<Value | null> {
    const asked = this.#open().then(question);
    const answer = await within(globalThis, limits.copyMillisMax, asked);
    return answer.ok ? answer.value : null;
  }
}

/** What this isolate knows of its location's copies. */
export const locationCache = new LocationCache(() => caches.open("renditions"));

const endName = (tenant: string, hash = "") => `${tenant}/${hash}`;

function responseOf(
  { format, hash, etag, bytes, askedAt }: Copy,
  freshUntil: number,
  seconds: number,
) {
  return new Response(bytes, {
    headers: {
      "Cache-Control": `max-age=${seconds}`,
      "Content-Length": String(bytes.length),
      [fields.etag]: etag,
      [fields.format]: format,
      [fields.hash]: hash,
      [fields.askedAt]: String(askedAt),
      [fields.freshUntil]: String(freshUntil),
    },
  });
}

/** Null for what has ended, though the cache has it still, or what another version put and this one cannot read. */
function copyOf({ headers }: Response, body: ReadableStream, now: number): FoundCopy | null {
  const format = outputFormats.find((name) => name === headers.get(fields.format));
  const hash = headers.get(fields.hash);
  const etag = headers.get(fields.etag);
  const bytes = Number(headers.get("Content-Length"));
  if (!format || !hash || !etag || !bytes) return null;
  const askedAt = Number(headers.get(fields.askedAt));
  const freshUntil = Number(headers.get(fields.freshUntil));
  if (now >= freshUntil + limits.copyStaleMillis) return null;
  return { format, hash, etag, bytes, body, askedAt, freshUntil };
}

/** The cache answers conditions by a field `ETag`, which are for us to answer. */
const fields = {
  etag: "X-Rendition-ETag",
  format: "X-Rendition-Format",
  hash: "X-Rendition-Source",
  askedAt: "X-Rendition-Asked-At",
  freshUntil: "X-Rendition-Fresh-Until",
} as const;
