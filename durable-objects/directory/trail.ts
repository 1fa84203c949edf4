import type { Breach } from "../../core/billing/audit-report.ts";
import { chainEntry, noPrevious, type AuditEntry } from "../../core/identity/audit.ts";
import { limits } from "../../core/limits.ts";
import type { Host, Sql } from "../ports.ts";
import { entryOf, type TrailRow } from "./directory-rows.ts";

/** On whose behalf something is changed, and from where. */
export interface By {
  readonly actor: string;
  readonly from: string | null;
}

export interface Change {
  readonly action: string;
  readonly subject: string;
  readonly tenant: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** The audit trail: one row for each change, chained, written in the change's own transaction. */
export class Trail {
  readonly #host: Host;
  readonly #sql: Sql;

  constructor(host: Host) {
    this.#host = host;
    this.#sql = host.storage.sql;
  }

  /** Makes a change and its row one transaction. `write` gets the row's number, which is the change's version. */
  change(by: By, change: Change, write: (version: number) => void): void {
    this.#host.storage.transactionSync(() => {
      const last = this.#last();
      const entry = chainEntry({
        ...change,
        number: (last?.number ?? 0) + 1,
        at: this.#host.now(),
        ...by,
        previous: last?.hash ?? noPrevious,
      });
      this.#insert(entry);
      write(entry.number);
    });
  }

  /** What the auditor found to be broken. There was no change: `after` says what is wrong. */
  async enterBreaches(tenant: string, breaches: readonly Breach[]): Promise<void> {
    const by = { actor: "auditor", from: null };
    for (const { invariant, ledger, subject, detail } of breaches) {
      const after = { invariant, ledger, detail };
      this.change(
        by,
        { action: "invariant.break", subject, tenant, before: null, after },
        () => {},
      );
    }
    // They are copied to R2, as changes are.
    await this.#host.storage.setAlarm(this.#host.now());
  }

  /** Oldest first, after `cursor`; a tenant's own when one is named. */
  page(cursor: number, limit: number, tenant: string | null): AuditEntry[] {
    const most = Math.min(limit, limits.pageSizeMax);
    const rows =
      tenant === null
        ? this.#sql.exec<TrailRow>(
            `SELECT * FROM trail WHERE number > ? ORDER BY number LIMIT ?+0`,
            cursor,
            most,
          )
        : this.#sql.exec<TrailRow>(
            `SELECT * FROM trail WHERE tenant = ? AND number > ? ORDER BY number LIMIT ?+0`,
            tenant,
            cursor,
            most,
          );
    return rows.toArray().map(entryOf);
  }

  #last(): { number: number; hash: string } | undefined {
    return this.#sql
      .exec<{ number: number; hash: string }>(
        `SELECT number, hash FROM trail ORDER BY number DESC LIMIT 1`,
      )
      .toArray()[0];
  }

  #insert(entry: AuditEntry): void {
    const { number, at, actor, action, subject, tenant, from, previous, hash } = entry;
    const [before, after] = [entry.before, entry.after].map((value) =>
      JSON.stringify(value ?? null),
    );
    this.#sql.exec(
      `INSERT INTO trail (number, at, actor, action, subject, tenant, before, after, origin, previous, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      number,
      at,
      actor,
      action,
      subject,
      tenant,
      before ?? "null",
      after ?? "null",
      from,
      previous,
      hash,
    );
  }
}
