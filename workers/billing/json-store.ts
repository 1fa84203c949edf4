import { inTime } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";

/** A stored value and the version of it that was read; a null version stands for "nothing was there". */
export interface Versioned<Value> {
  readonly value: Value;
  readonly version: string | null;
}

/** An answer of R2, or an error: storage that is silent holds up nothing for long. */
export const stored = <Value>(call: Promise<Value>): Promise<Value> =>
  inTime(globalThis, limits.storageMillisMax, call);

/** JSON objects in R2 that are replaced only in the version that was read: of two writers, neither undoes the other. */
export class JsonStore {
  readonly #bucket: BooksBucket;

  constructor(bucket: BooksBucket) {
    this.#bucket = bucket;
  }

  async read<Value>(key: string): Promise<Versioned<Value | null>> {
    const object = await stored(this.#bucket.get(key));
    if (object === null) return { value: null, version: null };
    return { value: await stored(object.json<Value>()), version: object.etag };
  }

  /** False: it is not in this version any more. A null version stands for "nothing is there". */
  async replace(key: string, value: unknown, version: string | null): Promise<boolean> {
    const onlyIf = version === null ? { etagDoesNotMatch: "*" } : { etagMatches: version };
    const put = this.#bucket.put(key, JSON.stringify(value), { ...jsonOptions, onlyIf });
    return (await stored(put)) !== null;
  }

  /** Whatever is there. */
  async put(key: string, value: unknown): Promise<void> {
    await stored(this.#bucket.put(key, JSON.stringify(value), jsonOptions));
  }

  /** A page of keys in order; `cursor` is null at the start and after the end. They begin after `startAfter`. */
  async keys(
    prefix: string,
    cursor: string | null,
    startAfter?: string,
  ): Promise<{ readonly keys: readonly string[]; readonly cursor: string | null }> {
    const options = {
      prefix,
      ...(cursor !== null && { cursor }),
      ...(startAfter !== undefined && { startAfter }),
    };
    const page = await stored(this.#bucket.list(options));
    return {
      keys: page.objects.map(({ key }) => key),
      cursor: page.truncated ? (page.cursor ?? null) : null,
    };
  }
}

/** The part of an R2 bucket that the books use. */
export interface BooksBucket {
  get(key: string): Promise<BooksObject | null>;
  /** Null when `onlyIf` does not hold. */
  put(
    key: string,
    value: string,
    options: {
      readonly httpMetadata: { readonly contentType: string };
      readonly onlyIf?: { readonly etagMatches: string } | { readonly etagDoesNotMatch: string };
    },
  ): Promise<object | null>;
  list(options: {
    readonly prefix: string;
    readonly cursor?: string;
    readonly startAfter?: string;
  }): Promise<{
    readonly objects: readonly { readonly key: string }[];
    readonly truncated: boolean;
    readonly cursor?: string;
  }>;
  delete(keys: string[]): Promise<void>;
}

interface BooksObject {
  readonly etag: string;
  readonly size: number;
  readonly body: { cancel(): Promise<void> };
  arrayBuffer(): Promise<ArrayBuffer>;
  json<Value>(): Promise<Value>;
}

const jsonOptions = { httpMetadata: { contentType: "application/json" } };
