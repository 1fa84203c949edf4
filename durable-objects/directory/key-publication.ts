import { inTime } from "../../core/deadline.ts";
import { serializeStanding, standingKey } from "../../core/identity/standing.ts";
import { placedLedger } from "../../core/fleet/placed-ledger.ts";
import { shardsOf } from "../../core/fleet/shard-map.ts";
import { ledgersOf } from "../../core/job/ledger-address.ts";
import { limits } from "../../core/limits.ts";
import type { Sql } from "../ports.ts";
import { eachOnce } from "./each-once.ts";
import type { DirectoryEnv } from "./directory-env.ts";
import { OpenPuts, type PublicationHost } from "./open-puts.ts";
import {
  selectKeysWithTenants,
  shardMapOf,
  standingOf,
  type KeyRow,
  type KeyWithTenant,
} from "./directory-rows.ts";

/**
 * The Directory's outbox. A key's row is `published` once KV (and for a revoked key every ledger of its
 * tenant) has this version of it. Publishing twice does no harm. Each call has a deadline and each key its
 * own turn, so that a ledger that hangs delays no other tenant's keys.
 */
export class KeyPublication {
  readonly #host: PublicationHost;
  readonly #sql: Sql;
  readonly #env: DirectoryEnv;
  readonly #puts: OpenPuts;

  /** `tellAgain` is called when a key must be published again after a run. */
  constructor(host: PublicationHost, env: DirectoryEnv, tellAgain: () => void) {
    this.#host = host;
    this.#sql = host.storage.sql;
    this.#env = env;
    this.#puts = new OpenPuts(host, env, "key", (hash) => this.#reopen(hash), tellAgain);
  }

  /** When there is next something to publish: 0 is at once, `Infinity` never. */
  nextDue(): number {
    return this.#pendingAfter("", 1).length > 0 ? 0 : this.#puts.nextDue();
  }

  /**
   * Tries each pending key once, a bounded number at a time; true when all were published. A failed call does not
   * throw.
   */
  run(): Promise<boolean> {
    this.#puts.reopenDue();
    return eachOnce(
      (after) => this.#pendingAfter(after, 1)[0],
      (row) => this.#publish(row),
    );
  }

  /**
   * Before any work reaches shards that are new, they are told the keys that caches may still accept, also those
   * that are revoked meanwhile: these calls do not know of the new shards yet.
   */
  async tellNewShards(tenant: string, shards: number, now: number): Promise<void> {
    const since =
      now - limits.identityStaleMillis - limits.latePutMillisMax - limits.publishMillisMax;
    const told = new Set<string>();
    for (;;) {
      const lately = this.#sql
        .exec<KeyRow>(`SELECT * FROM keys WHERE tenant = ? AND revoked_at >= ?`, tenant, since)
        .toArray()
        .filter(({ id }) => !told.has(id));
      if (lately.length === 0) return;
      await Promise.all(lately.map((key) => this.tellLedgers(key, shards)));
      for (const { id } of lately) told.add(id);
    }
  }

  /** From now on every ledger of the key's tenant refuses the key. */
  async tellLedgers({ tenant, id }: KeyRow, shards = this.#shardsOf(tenant)): Promise<void> {
    const told = ledgersOf(tenant, this.#env.FLEET, shards).map((name) =>
      inTime(
        this.#host.timers,
        limits.publishMillisMax,
        placedLedger(this.#env, name).revokeKey(id),
      ),
    );
    await Promise.all(told);
  }

  async #publish(row: KeyWithTenant): Promise<boolean> {
    try {
      await Promise.all([
        this.#puts.put(row.hash, [standingKey(row.hash), serializeStanding(standingOf(row))]),
        row.revoked_at === null ? undefined : this.tellLedgers(row),
      ]);
    } catch (cause) {
      this.#host.log.warn({ event: "key-not-published", key: row.id, cause: String(cause) });
      return false;
    }
    // Marks only the version that was sent; a key changed meanwhile stays pending.
    this.#sql.exec(
      `UPDATE keys SET published = 1 WHERE hash = ? AND version = ?`,
      row.hash,
      row.version,
    );
    return true;
  }

  #reopen(hash: string): void {
    this.#sql.exec(`UPDATE keys SET published = 0 WHERE hash = ?`, hash);
  }

  #shardsOf(tenant: string): number {
    const [row] = this.#sql
      .exec<{ shards: string | null }>(`SELECT shards FROM tenants WHERE id = ?`, tenant)
      .toArray();
    return row ? shardsOf(shardMapOf(row)) : 1;
  }

  #pendingAfter(id: string, limit: number): KeyWithTenant[] {
    return this.#sql
      .exec<KeyWithTenant>(
        `${selectKeysWithTenants} WHERE published = 0 AND keys.id > ? ORDER BY keys.id LIMIT ?+0`,
        id,
        limit,
      )
      .toArray();
  }
}
