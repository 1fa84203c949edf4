import {
  checkpointFrom,
  type Checkpoint,
  type StoredCheckpoint,
} from "../../core/billing/checkpoint.ts";
import type { DayUsage } from "../../core/billing/grouped-usage.ts";
import type { Statement } from "../../core/billing/statement.ts";
import type { SignedCreditNote } from "../../core/books/credit-note.ts";
import { newsPrefix } from "../../core/ledger/news.ts";
import { segmentKey } from "../../core/ledger/segment.ts";
import type { Month } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import { JsonStore, stored, type BooksBucket, type Versioned } from "./json-store.ts";

/**
 * The books in R2: `segments/` (written by the ledgers), `rollups/`, `usage/`, `statements/`, `final-statements/`
 * and `credit-notes/` (written here). Values are replaced only in the version that was read, so that of two roll-ups at
 * once neither overwrites the other's work; a final statement and a credit note are never replaced.
 */
export class BooksStore {
  readonly #bucket: BooksBucket;
  readonly #json: JsonStore;

  constructor(bucket: BooksBucket) {
    this.#bucket = bucket;
    this.#json = new JsonStore(bucket);
  }

  /** Null when it is not there; throws when it is larger than any segment. */
  async segment(ledger: string, number: number): Promise<Uint8Array | null> {
    const key = segmentKey(ledger, number);
    const object = await stored(this.#bucket.get(key));
    if (object === null) return null;
    if (object.size > limits.segmentBytesMax) {
      await object.body.cancel();
      throw new Error(`${key} has ${object.size} bytes`);
    }
    return new Uint8Array(await stored(object.arrayBuffer()));
  }

  async checkpoint(ledger: string): Promise<Versioned<Checkpoint | null>> {
    const { value, version } = await this.#json.read<StoredCheckpoint>(checkpointKey(ledger));
    return { value: value && checkpointFrom(value), version };
  }

  /** False: another run wrote it since it was read. */
  saveCheckpoint(checkpoint: Checkpoint, version: string | null): Promise<boolean> {
    return this.#json.replace(checkpointKey(checkpoint.ledger), checkpoint, version);
  }

  /** The month's statement as it stands. */
  async statement(tenant: string, month: Month): Promise<Statement | null> {
    const final = await this.#json.read<Statement>(finalKey(tenant, month));
    return final.value ?? (await this.openStatement(tenant, month)).value;
  }

  /** Null while the month has none. */
  async finalStatement(tenant: string, month: Month): Promise<Statement | null> {
    const { value } = await this.#json.read<Statement>(finalKey(tenant, month));
    if (value) return value;
    // Earlier versions made the open statement final in its own place.
    const { value: stored } = await this.openStatement(tenant, month);
    return stored?.status === "final" ? this.putFinalStatement(stored) : null;
  }

  /** The final statement that is stored, which is another one when there was one before. */
  async putFinalStatement(statement: Statement): Promise<Statement> {
    return this.#putOnce(finalKey(statement.tenant, statement.month), statement);
  }

  async #putOnce<Value>(key: string, value: Value): Promise<Value> {
    if (await this.#json.replace(key, value, null)) return value;
    const { value: stored } = await this.#json.read<Value>(key);
    if (!stored) throw new Error(`${key} was there and is gone`);
    return stored;
  }

  openStatement(tenant: string, month: Month): Promise<Versioned<Statement | null>> {
    return this.#json.read<Statement>(openKey(tenant, month));
  }

  /** False: another run wrote it since it was read. */
  replaceOpenStatement(statement: Statement, version: string | null): Promise<boolean> {
    return this.#json.replace(openKey(statement.tenant, statement.month), statement, version);
  }

  /** The notes of the month that follow one another from the first. */
  async creditNotes(tenant: string, month: Month): Promise<SignedCreditNote[]> {
    const notes: SignedCreditNote[] = [];
    while (notes.length < limits.creditNotesPerMonthMax) {
      const key = creditNoteKey(tenant, month, notes.length + 1);
      const { value } = await this.#json.read<SignedCreditNote>(key);
      if (value === null) break;
      notes.push(value);
    }
    return notes;
  }

  /** The note that is stored, which is another one when there was one before. */
  async putCreditNote(note: SignedCreditNote): Promise<SignedCreditNote> {
    const key = creditNoteKey(note.tenant, note.month as Month, note.number);
    return this.#putOnce(key, note);
  }

  /** As `<month>/<number>`, all that are stored of the tenant. */
  async creditNoteNames(tenant: string): Promise<string[]> {
    const prefix = `credit-notes/${tenant}/`;
    const { keys } = await this.#json.keys(prefix, null);
    return keys.map((key) => key.slice(prefix.length, -".json".length));
  }

  /** The ledger is read again from its first segment: what follows from the segments is worked out once more. */
  async forgetCheckpoint(ledger: string): Promise<void> {
    await stored(this.#bucket.delete([checkpointKey(ledger)]));
  }

  /** Usage of one UTC day by key and format. */
  dayUsage(tenant: string, day: string): Promise<Versioned<DayUsage | null>> {
    return this.#json.read<DayUsage>(dayKey(tenant, day));
  }

  /** False: another run wrote it since it was read. */
  replaceDayUsage(
    tenant: string,
    day: string,
    usage: DayUsage,
    version: string | null,
  ): Promise<boolean> {
    return this.#json.replace(dayKey(tenant, day), usage, version);
  }

  /** Where the last roll-up stopped in the list of tenants; null: at its end. */
  async cursor(): Promise<string | null> {
    return (await this.#json.read<{ after: string | null }>(cursorKey)).value?.after ?? null;
  }

  async saveCursor(after: string | null): Promise<void> {
    await this.#json.put(cursorKey, { after });
  }

  /** The keys of a page of news, the oldest hours first; `cursor` is null at the start and after the end. */
  newsPage(cursor: string | null) {
    return this.#json.keys(newsPrefix, cursor);
  }

  async forgetNews(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += limits.deleteKeysMax) {
      await stored(this.#bucket.delete(keys.slice(from, from + limits.deleteKeysMax)));
    }
  }
}

const cursorKey = "rollups/cursor.json";
const checkpointKey = (ledger: string) => `rollups/${ledger}/checkpoint.json`;
const dayKey = (tenant: string, day: string) => `usage/${tenant}/${day}.json`;
const openKey = (tenant: string, month: Month) => `statements/${tenant}/${month}.json`;
/** Prefixes of their own, so that a bucket lock can hold what never changes. */
const creditNoteKey = (tenant: string, month: Month, number: number) =>
  `credit-notes/${tenant}/${month}/${number}.json`;
const finalKey = (tenant: string, month: Month) => `final-statements/${tenant}/${month}.json`;
