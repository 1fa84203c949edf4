import type { Lane } from "../../../core/ledger/progress.ts";
import * as trouble from "../../../core/ledger/trouble.ts";
import type { Trouble } from "../../../core/ledger/trouble.ts";
import type { Host } from "../../ports.ts";

/** The `trouble` table, of one row: whether the tenant is set apart. In memory too, because every job asks. */
export class Apart {
  readonly #host: Pick<Host, "storage" | "log" | "name">;
  #trouble: Trouble;

  constructor(host: Pick<Host, "storage" | "log" | "name">) {
    this.#host = host;
    const [row] = host.storage.sql
      .exec<{ score: number; at: number; apart: number }>(`SELECT * FROM trouble`)
      .toArray();
    this.#trouble = row ? { ...row, apart: row.apart === 1 } : trouble.noTrouble;
  }

  lane(now: number): Lane {
    return trouble.laneOf(this.#trouble, now);
  }

  /** Null: it is not. */
  until(now: number): number | null {
    return trouble.apartUntil(this.#trouble, now);
  }

  /** A render has made trouble. */
  count(now: number): void {
    const { sql } = this.#host.storage;
    const wasApart = this.lane(now) === "solo";
    const { score, at, apart } = trouble.moreTrouble(this.#trouble, now);
    this.#trouble = { score, at, apart };
    sql.exec(`DELETE FROM trouble`);
    sql.exec(`INSERT INTO trouble (score, at, apart) VALUES (?, ?, ?)`, score, at, apart ? 1 : 0);
    if (!apart || wasApart) return;
    const until = new Date(this.until(now) ?? now).toISOString();
    this.#host.log.warn({ event: "tenant-set-apart", ledger: this.#host.name, until });
  }
}
