import { limits } from "../../../core/limits.ts";
import type { Sql } from "../../ports.ts";

/** A batch of settled jobs in R2, by the ids between which they lie. Batches may overlap. */
export type Batch = { number: number; first: string; last: string; count: number; gone: number };

/** The `archives` and `gone` tables: where jobs are that have left. */
export class ArchiveStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Whatever was being written when the object went to sleep is not to be relied on. */
  abandonUnfinished(now: number): void {
    this.#sql.exec(`UPDATE archives SET state = 'abandoned', at = ? WHERE state = 'writing'`, now);
  }

  /** The number under which a batch may be written. A number is never given twice, so a late put does no harm. */
  begin(now: number): number {
    const number = this.lastNumber() + 1;
    this.#insert(number, "writing", now);
    return number;
  }

  /** 0: no number was given yet. */
  lastNumber(): number {
    return this.#sql
      .exec<{ number: number }>(`SELECT COALESCE(MAX(number), 0) AS number FROM archives`)
      .one().number;
  }

  /** There is an object with a number that this ledger never gave. */
  found(number: number, now: number): void {
    this.#insert(number, "abandoned", now);
  }

  #insert(number: number, state: "writing" | "abandoned", now: number): void {
    this.#sql.exec(
      `INSERT INTO archives (number, state, at, first, last, count, gone) VALUES (?, ?, ?, '', '', 0, 0)`,
      number,
      state,
      now,
    );
  }

  stored({ number, first, last, count }: Omit<Batch, "gone">, now: number): void {
    this.#sql.exec(
      `UPDATE archives SET state = 'stored', at = ?, first = ?, last = ?, count = ? WHERE number = ?`,
      now,
      first,
      last,
      count,
      number,
    );
  }

  abandon(number: number, now: number): void {
    this.#sql.exec(`UPDATE archives SET state = 'abandoned', at = ? WHERE number = ?`, now, number);
  }

  earliestAbandoned(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(`SELECT MIN(at) AS at FROM archives WHERE state = 'abandoned'`)
      .one().at;
  }

  /** Batches that were given up before this moment. */
  abandonedBefore(at: number): number[] {
    return this.#sql
      .exec<{ number: number }>(
        `SELECT number FROM archives WHERE state = 'abandoned' AND at <= ? LIMIT ?+0`,
        at,
        limits.archivesPerLookMax,
      )
      .toArray()
      .map(({ number }) => number);
  }

  /** The highest number stays, so that it is not given again. */
  forgetAbandoned(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.#sql.exec(`UPDATE archives SET state = 'removed' WHERE number = ?`, number);
    }
    this.#forgetRemoved();
  }

  /** Those that can hold the job. */
  holding(id: string): Batch[] {
    return this.#sql
      .exec<Batch>(
        `SELECT number, first, last, count, gone FROM archives
         WHERE state = 'stored' AND last >= ?1 AND first <= ?1 ORDER BY last`,
        id,
      )
      .toArray();
  }

  /** Newest first, those that hold ids between both, of which some are left. */
  between(floor: string, before: string): Batch[] {
    return this.#sql
      .exec<Batch>(
        `SELECT number, first, last, count, gone FROM archives
         WHERE state = 'stored' AND gone < count AND last > ? AND first < ? ORDER BY last DESC LIMIT ?+0`,
        floor,
        before,
        limits.archivesPerLookMax,
      )
      .toArray();
  }

  oldest(): Batch | null {
    const [batch] = this.#sql
      .exec<Batch>(
        `SELECT number, first, last, count, gone FROM archives WHERE state = 'stored' ORDER BY last LIMIT 1`,
      )
      .toArray();
    return batch ?? null;
  }

  isGone(id: string): boolean {
    return this.#sql.exec(`SELECT job FROM gone WHERE job = ?`, id).toArray().length > 0;
  }

  /** The job was deleted after it had left. */
  markGone(id: string, { number }: Pick<Batch, "number">): void {
    this.#sql.exec(`INSERT OR IGNORE INTO gone (job, archive) VALUES (?, ?)`, id, number);
    this.#sql.exec(
      `UPDATE archives SET gone = (SELECT COUNT(*) FROM gone WHERE archive = ?1) WHERE number = ?1`,
      number,
    );
  }

  remove(number: number): void {
    this.#sql.exec(`DELETE FROM gone WHERE archive = ?`, number);
    this.#sql.exec(`UPDATE archives SET state = 'removed' WHERE number = ?`, number);
    this.#forgetRemoved();
  }

  #forgetRemoved(): void {
    this.#sql.exec(
      `DELETE FROM archives WHERE state = 'removed' AND number < (SELECT MAX(number) FROM archives)`,
    );
  }
}
