import type { Sql } from "../../ports.ts";

export type SegmentRow = {
  number: number;
  first_seq: number;
  last_seq: number;
  previous: string;
  sealed_at: number;
  /** Null until the segment is stored. */
  hash: string | null;
  incarnation: number;
  /** Null where older code froze it. */
  prices: string | null;
  /** Of the segment's form. Null: 1 without `prices`, else 2. */
  version: number | null;
};

/** The `segments` table: the end of the chain. What comes before it is in R2 and needed no more. */
export class SegmentRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  last(): SegmentRow | null {
    return this.#first(`SELECT * FROM segments ORDER BY number DESC LIMIT 1`);
  }

  lastStored(): SegmentRow | null {
    return this.#first(
      `SELECT * FROM segments WHERE hash IS NOT NULL ORDER BY number DESC LIMIT 1`,
    );
  }

  insert(row: SegmentRow): void {
    this.#sql.exec(
      `INSERT INTO segments (number, first_seq, last_seq, previous, sealed_at, hash, incarnation, prices,
                             version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.number,
      row.first_seq,
      row.last_seq,
      row.previous,
      row.sealed_at,
      row.hash,
      row.incarnation,
      row.prices,
      row.version,
    );
  }

  /** The chain ends with this one, whatever was thought before. */
  replace(row: SegmentRow): void {
    this.#sql.exec(`DELETE FROM segments`);
    this.insert(row);
  }

  /** The segment is in R2. Returns the number of its last event. */
  stored(number: number, hash: string): number {
    const { last_seq } = this.#sql
      .exec<{ last_seq: number }>(
        `UPDATE segments SET hash = ? WHERE number = ? RETURNING last_seq`,
        hash,
        number,
      )
      .one();
    this.#sql.exec(`DELETE FROM segments WHERE number < ?`, number);
    return last_seq;
  }

  #first(query: string): SegmentRow | null {
    return this.#sql.exec<SegmentRow>(query).toArray()[0] ?? null;
  }
}
