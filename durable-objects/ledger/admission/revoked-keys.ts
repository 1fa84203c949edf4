import { limits } from "../../../core/limits.ts";
import type { Sql } from "../../ports.ts";

/** The `revoked_keys` table, held in memory too, because every job asks. */
export class RevokedKeys {
  readonly #sql: Sql;
  readonly #ids: Set<string>;

  constructor(sql: Sql) {
    this.#sql = sql;
    const rows = sql.exec<{ id: string }>(`SELECT id FROM revoked_keys`).toArray();
    this.#ids = new Set(rows.map(({ id }) => id));
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Forgets those of long ago, which every API isolate refuses. */
  add(ids: readonly string[], at: number): void {
    const old = this.#sql
      .exec<{ id: string }>(
        `DELETE FROM revoked_keys WHERE at < ? RETURNING id`,
        at - limits.revokedKeysKnownMillis,
      )
      .toArray();
    for (const row of old) this.#ids.delete(row.id);
    for (const id of ids) {
      this.#sql.exec(`INSERT OR IGNORE INTO revoked_keys (id, at) VALUES (?, ?)`, id, at);
      this.#ids.add(id);
    }
  }
}
