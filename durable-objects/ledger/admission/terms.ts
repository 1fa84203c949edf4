import { newerMap, oneShard, type ShardMap } from "../../../core/fleet/shard-map.ts";
import { plans } from "../../../core/identity/tenant-limits.ts";
import { parseTerms, type TenantTerms, type ToldTerms } from "../../../core/identity/tenant.ts";
import { DAY } from "../../../core/magnitudes.ts";
import type { BroughtTerms } from "../ledger-calls.ts";
import type { Sql } from "../../ports.ts";
import type { Quarantine } from "../quarantine.ts";

/**
 * The `terms` table: what the tenant may do, in the newest version received. The Directory pushes each
 * change; a request brings what the API read from KV, so that a new ledger need not ask.
 */
export class Terms {
  readonly #sql: Sql;
  #newest: TenantTerms;

  constructor(sql: Sql, quarantine: Quarantine) {
    this.#sql = sql;
    const [row] = sql.exec<{ terms: string }>(`SELECT terms FROM terms`).toArray();
    this.#newest = (row && this.#readable(row.terms, quarantine)) ?? unknown;
  }

  /**
   * An older version that arrives late changes nothing. The same version may have come with a request, which does not
   * say that its tenant is suspended or deleted.
   */
  tell(told: ToldTerms): void {
    const { version, status } = this.#newest;
    if (told.version < version || (told.version === version && told.status === status)) return;
    // Older code tells of one shard, or of none, and of fewer limits.
    const limits = { ...plans.custom, ...told.limits };
    this.#save({ ...told, limits, shards: newerMap(this.#newest.shards, told.shards ?? oneShard) });
  }

  /** From now on no key is accepted here that belongs elsewhere by this map. */
  tellShards(map: ShardMap): void {
    if (newerMap(this.#newest.shards, map) === this.#newest.shards) return;
    this.#save({ ...this.#newest, shards: map });
  }

  /** The terms to decide by, given those that a request brought. */
  newest(brought: BroughtTerms): TenantTerms {
    const { limitsVersion: version = 0 } = brought;
    const { limits } = brought;
    if (version > this.#newest.version) this.tell({ version, limits, status: "active" });
    if (brought.shards) this.tellShards(brought.shards);
    return this.#newest;
  }

  known(): TenantTerms {
    return this.#newest;
  }

  /** How long pictures, jobs and idempotency keys stay after acceptance; those of a deleted tenant go at once. */
  retentionMillis(): number {
    const { status, limits } = this.#newest;
    return status === "deleted" ? 0 : limits.retentionDays * DAY;
  }

  #save(terms: TenantTerms): void {
    this.#sql.exec(`DELETE FROM terms`);
    this.#sql.exec(`INSERT INTO terms (terms) VALUES (?)`, JSON.stringify(terms));
    this.#newest = terms;
  }

  /** A damaged row is ignored: the next request brings what the Directory has published. */
  #readable(text: string, quarantine: Quarantine): TenantTerms | null {
    try {
      return parseTerms(text);
    } catch (cause) {
      quarantine.put("terms", "", text, cause);
      this.#sql.exec(`DELETE FROM terms`);
      return null;
    }
  }
}

/** Before anybody has told any: whatever a request brings is newer. */
const unknown: TenantTerms = {
  version: -1,
  limits: plans.custom,
  status: "active",
  shards: oneShard,
};
