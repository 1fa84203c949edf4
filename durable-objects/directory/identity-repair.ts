import { inTime } from "../../core/deadline.ts";
import { parseStanding, serializeStanding, standingKey } from "../../core/identity/standing.ts";
import { limits } from "../../core/limits.ts";
import type { Host } from "../ports.ts";
import type { DirectoryEnv } from "./directory-env.ts";
import { selectKeysWithTenants, standingOf, type KeyWithTenant } from "./directory-rows.ts";

/**
 * Compares KV with the Directory, a page of keys at a time, and has every key that differs published again.
 * It finds what no single write can: an entry that was lost, or one that a late write put back.
 */
export class IdentityRepair {
  readonly #host: Host;
  readonly #env: DirectoryEnv;

  constructor(host: Host, env: DirectoryEnv) {
    this.#host = host;
    this.#env = env;
  }

  /** `cursor` null at the end. Throws when KV does not answer. */
  async page(cursor: string | null): Promise<{
    readonly checked: number;
    readonly differing: number;
    readonly cursor: string | null;
  }> {
    const rows = this.#host.storage.sql
      .exec<KeyWithTenant>(
        `${selectKeysWithTenants} WHERE published = 1 AND keys.hash > ? ORDER BY keys.hash LIMIT ?+0`,
        cursor ?? "",
        limits.repairPageMax,
      )
      .toArray();
    const differing = (await Promise.all(rows.map((row) => this.#differs(row)))).filter(Boolean);
    const full = rows.length === limits.repairPageMax;
    return {
      checked: rows.length,
      differing: differing.length,
      cursor: full ? (rows.at(-1)?.hash ?? null) : null,
    };
  }

  async #differs(row: KeyWithTenant): Promise<boolean> {
    const read = this.#env.IDENTITY.get(standingKey(row.hash));
    const text = await inTime(this.#host.timers, limits.publishMillisMax, read);
    const stored = text === null ? null : parseStanding(text);
    if (stored && serializeStanding(stored) === canonical(row)) return false;
    this.#host.log.warn({ event: "identity-differs", key: row.id });
    this.#host.storage.sql.exec(
      `UPDATE keys SET published = 0 WHERE hash = ? AND version = ?`,
      row.hash,
      row.version,
    );
    return true;
  }
}

/** As it reads after a way through KV, whatever the order of its fields. */
function canonical(row: KeyWithTenant): string | null {
  const read = parseStanding(serializeStanding(standingOf(row)));
  return read && serializeStanding(read);
}
