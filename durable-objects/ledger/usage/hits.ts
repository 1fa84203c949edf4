import { hourOf } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import type { Sql } from "../../ports.ts";

/** Delivered pictures that were there already. */
export interface Hits {
  readonly requests: number;
  /** Bytes of the bodies that were sent. */
  readonly bytes: number;
}

/** The `hits` table: what was delivered without a job, by the hour. It costs nothing and is in no segment. */
export class HitStore {
  readonly #sql: Sql;
  readonly #clock: () => number;

  constructor(sql: Sql, clock: () => number) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /**
   * A batch that an isolate has counted. Not repeated: if it were counted twice, there would be more hits than there
   * were.
   */
  count({ requests, bytes }: Hits): void {
    if (![requests, bytes].every((each) => Number.isSafeInteger(each) && each >= 0)) {
      throw new Error("hits that cannot be counted");
    }
    const hour = hourOf(this.#clock());
    this.#sql.exec(`DELETE FROM hits WHERE hour < ?`, hour - limits.usageRetentionMillis);
    this.#sql.exec(
      `INSERT INTO hits (hour, requests, bytes) VALUES (?, ?, ?)
       ON CONFLICT (hour) DO UPDATE SET requests = requests + excluded.requests, bytes = bytes + excluded.bytes`,
      hour,
      requests,
      bytes,
    );
  }

  /** Hits of hours that start in [from, to). */
  between(from: number, to: number): Hits {
    return this.#sql
      .exec<{ requests: number; bytes: number }>(
        `SELECT COALESCE(SUM(requests), 0) AS requests, COALESCE(SUM(bytes), 0) AS bytes
         FROM hits WHERE hour >= ? AND hour < ?`,
        from,
        to,
      )
      .one();
  }
}
