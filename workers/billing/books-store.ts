import type { Checkpoint } from "../../core/billing/roll-up.ts";
import type { Statement } from "../../core/billing/statement.ts";
import { segmentKey } from "../../core/ledger/segment.ts";
import type { Month } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";

/** A stored value and the version of it that was read; a null version stands for "nothing was there". */
export interface Versioned<Value> {
  readonly value: Value;
  readonly version: string | null;
}

/**
 * The books in R2: `segments/` (written by the ledgers), `rollups/` and `statements/` (written here). Values
 * are replaced only in the version that was read, so that of two roll-ups at once neither undoes the other.
 */
export class BooksStore {
  readonly #bucket: BooksBucket;

  constructor(bucket: BooksBucket) {
    this.#bucket = bucket;
  }

  /** Null when it is not there; throws when it is larger than any segment. */
  async segment(ledger: string, number: number): Promise<Uint8Array | null> {
    const key = segmentKey(ledger, number);
    const object = await this.#bucket.get(key);
    if (object === null) return null;
    if (object.size > limits.segmentBytesMax) {
      await object.body.cancel();
      throw new Error(`${key} has ${object.size} bytes`);
    }
    return new Uint8Array(await object.arrayBuffer());
  }

  checkpoint(ledger: string): Promise<Versioned<Checkpoint | null>> {
    return this.#read<Checkpoint>(checkpointKey(ledger));
  }

  /** False: somebody else wrote it since it was read. */
  saveCheckpoint(checkpoint: Checkpoint, version: string | null): Promise<boolean> {
    return this.#replace(checkpointKey(checkpoint.ledger), checkpoint, version);
  }

  statement(tenant: string, month: Month): Promise<Versioned<Statement | null>> {
    return this.#read<Statement>(statementKey(tenant, month));
  }

  /** False: somebody else wrote it since it was read. */
  saveStatement(statement: Statement, version: string | null): Promise<boolean> {
    return this.#replace(statementKey(statement.tenant, statement.month), statement, version);
  }

  /** Where the last roll-up stopped in the list of tenants; null: at its end. */
  async cursor(): Promise<string | null> {
    return (await this.#read<{ after: string | null }>(cursorKey)).value?.after ?? null;
  }

  async saveCursor(after: string | null): Promise<void> {
    await this.#bucket.put(cursorKey, JSON.stringify({ after }), jsonOptions);
  }

  async #read<Value>(key: string): Promise<Versioned<Value | null>> {
    const object = await this.#bucket.get(key);
    if (object === null) return { value: null, version: null };
    return { value: await object.json<Value>(), version: object.etag };
  }

  async #replace(key: string, value: unknown, version: string | null): Promise<boolean> {
    const onlyIf = version === null ? { etagDoesNotMatch: "*" } : { etagMatches: version };
    const stored = await this.#bucket.put(key, JSON.stringify(value), { ...jsonOptions, onlyIf });
    return stored !== null;
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
}

interface BooksObject {
  readonly etag: string;
  readonly size: number;
  readonly body: { cancel(): Promise<void> };
  arrayBuffer(): Promise<ArrayBuffer>;
  json<Value>(): Promise<Value>;
}

const jsonOptions = { httpMetadata: { contentType: "application/json" } };
const cursorKey = "rollups/cursor.json";
const checkpointKey = (ledger: string) => `rollups/${ledger}/checkpoint.json`;
const statementKey = (tenant: string, month: Month) => `statements/${tenant}/${month}.json`;
