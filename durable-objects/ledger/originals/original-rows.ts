import {
  nothingStored,
  withStored,
  type CountedImage,
  type Stored,
} from "../../../core/ledger/stored.ts";
import { limits } from "../../../core/limits.ts";
import type { Sql } from "../../ports.ts";

/** The `originals` table: which pictures the tenant has stored to be delivered. Callers decide what is one transaction. */
export class OriginalRows {
  readonly #sql: Sql;
  /** Summed when it is first asked for: most ledgers never are. */
  #sum: Stored | null = null;
  /** In memory too, because every job asks when the alarm is next due. */
  #doubts: Doubts | null = null;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  sum(): Stored {
    this.#sum ??= this.#sql
      .exec<{ images: number; bytes: number }>(
        `SELECT COUNT(*) AS images, COALESCE(SUM(bytes), 0) AS bytes FROM originals`,
      )
      .one();
    return this.#sum;
  }

  find(hash: string): CountedImage | null {
    const query = `SELECT hash, bytes, doubt FROM originals WHERE hash = ?`;
    return this.#sql.exec<Row>(query, hash).toArray()[0] ?? null;
  }

  /** The first page in the order of their hashes, above `after`. `through`: the last one; null: any. */
  between(after: string, through: string | null): CountedImage[] {
    const query = `SELECT hash, bytes, doubt FROM originals WHERE hash > ? AND hash <= ? ORDER BY hash LIMIT ?+0`;
    const bindings = [after, through ?? beyondEveryHash, limits.listKeysMax] as const;
    return this.#sql.exec<Row>(query, ...bindings).toArray();
  }

  add({ hash, bytes, doubt }: CountedImage): void {
    const before = this.sum();
    this.#sql.exec(
      `INSERT INTO originals (hash, bytes, doubt) VALUES (?, ?, ?)`,
      hash,
      bytes,
      doubt,
    );
    this.#sum = withStored(before, bytes, 1);
    this.#doubts = null;
  }

  remove({ hash, bytes }: Pick<CountedImage, "hash" | "bytes">): void {
    const before = this.sum();
    this.#sql.exec(`DELETE FROM originals WHERE hash = ?`, hash);
    this.#sum = withStored(before, bytes, -1);
    this.#doubts = null;
  }

  doubt(hash: string, until: number | null): void {
    this.#sql.exec(`UPDATE originals SET doubt = ? WHERE hash = ?`, until, hash);
    this.#doubts = null;
  }

  doubts(): Doubts {
    this.#doubts ??= this.#sql
      .exec<{ first: number | null; last: number | null }>(
        `SELECT (SELECT MIN(doubt) FROM originals WHERE doubt IS NOT NULL) AS first,
                (SELECT MAX(doubt) FROM originals WHERE doubt IS NOT NULL) AS last`,
      )
      .one();
    return this.#doubts;
  }

  clear(): void {
    this.#sql.exec(`DELETE FROM originals`);
    this.#sum = nothingStored;
    this.#doubts = null;
  }
}

/** When the first doubt ends, and the last; null: there is none. */
interface Doubts {
  readonly first: number | null;
  readonly last: number | null;
}

type Row = { hash: string; bytes: number; doubt: number | null };

/** Hashes are written in hex. */
const beyondEveryHash = "g";
