import { parseLease, type Lease } from "../../../core/ledger/lease.ts";
import type { Sql } from "../../ports.ts";
import type { Quarantine } from "../quarantine.ts";

/**
 * The `leases` table: in a tenant's first shard the leases of all others, in each of those its own. A damaged one counts as
 * not granted until its shard asks again.
 */
export class LeaseRows {
  readonly #sql: Sql;
  readonly #quarantine: Quarantine;

  constructor(sql: Sql, quarantine: Quarantine) {
    this.#sql = sql;
    this.#quarantine = quarantine;
  }

  byShard(): Map<number, Lease> {
    const found = new Map<number, Lease>();
    const rows = this.#sql.exec<{ shard: number; lease: string }>(`SELECT * FROM leases`);
    for (const { shard, lease: text } of rows.toArray()) {
      try {
        found.set(shard, parseLease(text));
      } catch (cause) {
        this.#quarantine.put("leases", shard, text, cause);
        this.#sql.exec(`DELETE FROM leases WHERE shard = ?`, shard);
      }
    }
    return found;
  }

  put(shard: number, lease: Lease): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO leases (shard, lease) VALUES (?, ?)`,
      shard,
      JSON.stringify(lease),
    );
  }
}
