import { serializeStanding, standingKey } from "../../core/identity/standing.ts";
import { ledgersOf } from "../../core/job/ledger-address.ts";
import { limits } from "../../core/limits.ts";
import { standingOf, type KeyRow } from "./directory-rows.ts";

/** What the Directory needs of its Worker's bindings. */
export interface PublicationEnv {
  readonly REGION: string;
  readonly IDENTITY: Pick<KVNamespace, "put">;
  readonly LEDGER: {
    getByName(name: string): { revokeKey(keyId: string): Promise<void> };
  };
}

/**
 * The Directory's outbox. A key's row is `published` once KV, and for a revoked key every ledger of its
 * tenant, has been told of the row as it is. Telling twice does no harm.
 */
export class KeyPublication {
  readonly #sql: SqlStorage;
  readonly #env: PublicationEnv;

  constructor(sql: SqlStorage, env: PublicationEnv) {
    this.#sql = sql;
    this.#env = env;
  }

  isDone(): boolean {
    return this.#pendingAfter("", 1).length === 0;
  }

  /** Tries each pending key once, in batches; true when all were told. Never throws for a failed call. */
  async run(): Promise<boolean> {
    let allTold = true;
    let after = "";
    for (;;) {
      const batch = this.#pendingAfter(after, limits.publishBatchMax);
      const last = batch.at(-1);
      if (!last) return allTold;
      const told = await Promise.all(batch.map((row) => this.#publish(row)));
      allTold &&= told.every(Boolean);
      after = last.id;
    }
  }

  /** Every ledger of the key's tenant refuses the key from now on. */
  async tellLedgers(key: KeyRow): Promise<void> {
    await Promise.all(
      ledgersOf(key.tenant, this.#env.REGION).map((name) =>
        this.#env.LEDGER.getByName(name).revokeKey(key.id),
      ),
    );
  }

  async #publish(row: PendingRow): Promise<boolean> {
    try {
      await Promise.all([
        this.#env.IDENTITY.put(standingKey(row.hash), serializeStanding(standingOf(row))),
        row.revoked_at === null ? undefined : this.tellLedgers(row),
      ]);
    } catch {
      return false;
    }
    // A key revoked while its creation was being told stays pending: this tells only what was said.
    this.#sql.exec(
      `UPDATE keys SET published = 1 WHERE hash = ? AND revoked_at IS ?`,
      row.hash,
      row.revoked_at,
    );
    return true;
  }

  #pendingAfter(id: string, limit: number): PendingRow[] {
    return this.#sql
      .exec<PendingRow>(
        `SELECT keys.*, limits FROM keys JOIN tenants ON tenants.id = tenant
         WHERE published = 0 AND keys.id > ? ORDER BY keys.id LIMIT ?`,
        id,
        limit,
      )
      .toArray();
  }
}

type PendingRow = KeyRow & { limits: string };
