import type { Sql } from "../../ports.ts";

/**
 * How many jobs the ledger has accepted in its life, counted apart from their rows and from their records, so that a
 * job that gets lost on the way is missed. Each row has its job's number; `accepted` has the highest of those that left.
 */
export class Acceptances {
  readonly #sql: Sql;
  #count: number;

  constructor(sql: Sql) {
    this.#sql = sql;
    const { kept, highest, uncounted } = sql
      .exec<{ kept: number | null; highest: number | null; uncounted: number | null }>(
        `SELECT (SELECT count FROM accepted) AS kept, MAX(ordinal) AS highest, SUM(ordinal IS NULL) AS uncounted
         FROM jobs`,
      )
      .one();
    this.#count = Math.max(kept ?? 0, highest ?? 0);
    // It is counted for the first time, or older code has accepted jobs meanwhile.
    if (kept === null || (uncounted ?? 0) > 0) this.begin();
  }

  count(): number {
    return this.#count;
  }

  /** The number of one more; part of the caller's transaction. */
  next(): number {
    this.#count += 1;
    return this.#count;
  }

  /** Rows leave; part of the caller's transaction. */
  keep(): void {
    this.#sql.exec(`DELETE FROM accepted`);
    this.#sql.exec(`INSERT INTO accepted (count) VALUES (?)`, this.#count);
  }

  /** Begins with the jobs that are known, ended or open: what was accepted before cannot be told. */
  begin(): void {
    const { known } = this.#sql
      .exec<{ known: number }>(
        `SELECT MAX(COALESCE((SELECT MAX(seq) FROM events), 0), COALESCE((SELECT MAX(last_seq) FROM segments), 0))
                + (SELECT COUNT(*) FROM jobs WHERE due IS NOT NULL) - (SELECT COUNT(*) FROM billed) AS known`,
      )
      .one();
    this.#sql.exec(`UPDATE jobs SET ordinal = 0`);
    this.#count = known;
    this.keep();
  }
}
