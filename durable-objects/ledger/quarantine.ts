import type { Host, Sql } from "../ports.ts";

/**
 * Rows that cannot be read. Each is kept word for word for an operator to look at, reported, and replaced by
 * something that can be read, so that one damaged row does not stop everything else of its tenant.
 */
export class Quarantine {
  readonly #sql: Sql;
  readonly #host: Pick<Host, "name" | "log" | "now">;

  constructor(sql: Sql, host: Pick<Host, "name" | "log" | "now">) {
    this.#sql = sql;
    this.#host = host;
  }

  put(table: string, id: string | number, content: string, cause: unknown): void {
    this.#sql.exec(
      `INSERT INTO quarantine (at, source, id, content) VALUES (?, ?, ?, ?)`,
      this.#host.now(),
      table,
      String(id),
      content,
    );
    const { name: ledger, log } = this.#host;
    log.error({ event: "row-quarantined", ledger, table, id, cause: String(cause) });
  }
}
