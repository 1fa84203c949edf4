import type { Dependency } from "./weather.ts";
import type { Wire } from "./wire.ts";

export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly customMetadata: Readonly<Record<string, string>>;
  readonly httpMetadata: Readonly<Record<string, string>>;
}

interface PutOptions {
  readonly onlyIf?: Headers | { readonly etagMatches?: string; readonly etagDoesNotMatch?: string };
  readonly customMetadata?: Record<string, string>;
  readonly httpMetadata?: Record<string, string>;
}

type PutWatcher = (key: string, before: StoredObject | undefined, after: StoredObject) => void;

interface GetOptions {
  readonly range?: { readonly offset: number; readonly length: number };
}

/** R2: strongly consistent, and every effect one moment. Observers see each change after it happened. */
export class Bucket {
  readonly objects = new Map<string, StoredObject>();
  /** The keys of each first two parts, such as `pictures/tnt_x`: thousands of tenants are listed one by one. */
  readonly #keysByPlace = new Map<string, Set<string>>();
  readonly #watchers: PutWatcher[] = [];
  puts = 0;
  readonly #wire: Wire;
  readonly #dependency: Dependency;
  #versions = 0;

  constructor(wire: Wire, dependency: Dependency) {
    this.#wire = wire;
    this.#dependency = dependency;
  }

  /** Is called after each put, with what was there before. */
  watchPuts(watcher: PutWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Null when `onlyIf` does not hold. */
  put(key: string, value: unknown, options: PutOptions = {}): Promise<object | null> {
    const bytes = bytesOf(value);
    return this.#wire.call(this.#dependency, () => {
      const before = this.objects.get(key);
      if (!holds(options.onlyIf, before)) return null;
      const after = {
        bytes,
        etag: `v${++this.#versions}`,
        customMetadata: options.customMetadata ?? {},
        httpMetadata: options.httpMetadata ?? {},
      };
      this.objects.set(key, after);
      this.#place(key).add(key);
      this.puts += 1;
      for (const watch of this.#watchers) watch(key, before, after);
      return describe(key, after);
    });
  }

  get(key: string, { range }: GetOptions = {}): Promise<BucketObject | null> {
    return this.#wire.call(this.#dependency, () => {
      const object = this.objects.get(key);
      return object ? withBody(key, object, range) : null;
    });
  }

  head(key: string): Promise<object | null> {
    return this.#wire.call(this.#dependency, () => {
      const object = this.objects.get(key);
      return object ? describe(key, object) : null;
    });
  }

  delete(keys: string | readonly string[]): Promise<void> {
    const all = typeof keys === "string" ? [keys] : [...keys];
    if (all.length > 1000) throw new Error("R2 deletes 1000 keys in one call");
    return this.#wire.call(this.#dependency, () => {
      for (const key of all) {
        this.objects.delete(key);
        this.#place(key).delete(key);
      }
    });
  }

  list({ prefix = "", cursor, limit = 1000, startAfter }: ListOptions = {}) {
    return this.#wire.call(this.#dependency, () => {
      const after = cursor ?? startAfter ?? "";
      const keys = this.keysUnder(prefix).filter((key) => key > after);
      const page = keys.slice(0, Math.min(limit, 1000));
      const truncated = page.length < keys.length;
      return {
        objects: page.flatMap((key) => {
          const object = this.objects.get(key);
          return object ? [describe(key, object)] : [];
        }),
        truncated,
        ...(truncated && { cursor: page.at(-1) }),
        delimitedPrefixes: [],
      };
    });
  }

  /** In order. */
  keysUnder(prefix: string): string[] {
    const isInOnePlace = prefix.split("/").length > 2;
    const keys = isInOnePlace ? this.#place(prefix) : this.objects.keys();
    return [...keys].filter((key) => key.startsWith(prefix)).toSorted();
  }

  #place(key: string): Set<string> {
    const place = placeOf(key);
    const known = this.#keysByPlace.get(place) ?? new Set();
    this.#keysByPlace.set(place, known);
    return known;
  }
}

const placeOf = (key: string): string => key.split("/", 2).join("/");

interface ListOptions {
  readonly prefix?: string;
  readonly cursor?: string;
  readonly limit?: number;
  readonly startAfter?: string;
}

function holds(onlyIf: PutOptions["onlyIf"], present: StoredObject | undefined): boolean {
  if (!onlyIf) return true;
  const isHeaders = onlyIf instanceof Headers;
  const noneMatch = isHeaders ? onlyIf.get("If-None-Match") : onlyIf.etagDoesNotMatch;
  const match = isHeaders ? onlyIf.get("If-Match") : onlyIf.etagMatches;
  if (noneMatch === "*") return present === undefined;
  if (match != null) return present?.etag === match;
  throw new Error("a condition that the simulated bucket does not know");
}

function describe(key: string, { bytes, etag, customMetadata, httpMetadata }: StoredObject) {
  return { key, size: bytes.length, etag, httpEtag: `"${etag}"`, customMetadata, httpMetadata };
}

type BucketObject = ReturnType<typeof withBody>;

function withBody(key: string, object: StoredObject, range: GetOptions["range"]) {
  const bytes = range
    ? object.bytes.subarray(range.offset, range.offset + range.length)
    : object.bytes;
  const text = () => new TextDecoder().decode(bytes);
  return {
    ...describe(key, object),
    // Not a stream: `LightResponse` passes it on as it is.
    body: Object.assign(bytes.slice(), { cancel: async () => undefined }),
    arrayBuffer: async () => bytes.slice().buffer,
    bytes: async () => bytes.slice(),
    text: async () => text(),
    json: async <Value>() => JSON.parse(text()) as Value,
  };
}

function bytesOf(value: unknown): Uint8Array {
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0));
  throw new Error("the simulated bucket stores bytes and text, no streams");
}
