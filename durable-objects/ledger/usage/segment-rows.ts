import { limits } from "../../../core/limits.ts";
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
  /** Version of the segment's form. Null: 1 without `prices`, else 2. */
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
    this.#noteRun(row.last_seq, row.number);
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
    this.#noteRun(last_seq, number);
    return last_seq;
  }

  /** The segment that the event is in; null: none is stored yet, or it is not known any more. */
  holding(seq: number): number | null {
    const run = this.#run(`last_seq >= ? ORDER BY last_seq`, seq);
    const before = this.#run(`last_seq < ? ORDER BY last_seq DESC`, seq) ?? 0;
    // A run begins where the one before ends: without that one, the event may be in any that is missing.
    return run !== null && before === run - 1 ? run : null;
  }

  #run(where: string, seq: number): number | null {
    const [run] = this.#sql
      .exec<{ number: number }>(`SELECT number FROM runs WHERE ${where} LIMIT 1`, seq)
      .toArray();
    return run?.number ?? null;
  }

  #noteRun(lastSeq: number, number: number): void {
    this.#sql.exec(`INSERT OR REPLACE INTO runs (last_seq, number) VALUES (?, ?)`, lastSeq, number);
    if (number % limits.segmentRunsSwept > 0) return;
    this.#sql.exec(`DELETE FROM runs WHERE number <= ?`, number - limits.segmentRunsMax);
  }

  #first(query: string): SegmentRow | null {
    return this.#sql.exec<SegmentRow>(query).toArray()[0] ?? null;
  }
}
