import { monotonicFactory } from "ulid";
import { inTime } from "../../core/deadline.ts";
import { apiKeySecretBytes, hashApiKey, keyHint, mintApiKey } from "../../core/identity/api-key.ts";
import type { KeyStanding } from "../../core/identity/standing.ts";
import {
  completeLimits,
  keyId,
  tenantId,
  type CreatedKey,
  type CreateKey,
  type CreateTenant,
  type Key,
  type Tenant,
  type TenantId,
} from "../../core/identity/tenant.ts";
import { limits } from "../../core/limits.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { directoryMigrations } from "./directory-schema.ts";
import { keyOf, standingOf, tenantOf, type KeyRow, type TenantRow } from "./directory-rows.ts";
import { KeyPublication, type PublicationEnv } from "./key-publication.ts";
import { migrate } from "../migrate.ts";
import type { Host, Sql, SqlValue } from "../ports.ts";

/**
 * The management plane: which tenants and keys there are, and who changed them. One object for all, asked
 * rarely, because KV repeats every key's standing at the edge. Every change and its audit row are one
 * transaction; KV and ledgers hear of it afterwards, through an outbox that the alarm empties.
 */
export class Registry {
  readonly #host: Host;
  readonly #sql: Sql;
  readonly #publication: KeyPublication;
  readonly #ulid: (at: number) => string;
  #failedRuns = 0;

  constructor(host: Host, env: PublicationEnv) {
    this.#host = host;
    migrate(host.storage, directoryMigrations);
    this.#sql = host.storage.sql;
    this.#ulid = monotonicFactory(() => host.random());
    this.#publication = new KeyPublication(host, env, () => host.background(this.#publishSoon()));
  }

  createTenant(request: CreateTenant): Tenant {
    const tenant: Tenant = {
      id: tenantId(this.#ulid(this.#host.now())),
      name: request.name,
      limits: completeLimits(request.limits),
      createdAt: this.#host.now(),
    };
    const limitsJson = JSON.stringify(tenant.limits);
    this.#change("tenant.create", tenant.id, { name: tenant.name, limits: tenant.limits }, () =>
      this.#sql.exec(
        `INSERT INTO tenants (id, name, limits, created_at) VALUES (?, ?, ?, ?)`,
        tenant.id,
        tenant.name,
        limitsJson,
        tenant.createdAt,
      ),
    );
    return tenant;
  }

  getTenant(id: string): Tenant | null {
    const [row] = this.#rows<TenantRow>(`SELECT * FROM tenants WHERE id = ?`, id);
    return row ? tenantOf(row) : null;
  }

  /** Oldest first. `cursor` is null at the end; otherwise it asks for what follows. */
  listTenants(page: Page): { tenants: Tenant[]; cursor: string | null } {
    const limit = Math.min(page.limit, limits.pageSizeMax);
    const rows = this.#rows<TenantRow>(
      `SELECT * FROM tenants WHERE id > ? ORDER BY id LIMIT ?`,
      page.cursor ?? "",
      limit,
    );
    return { tenants: rows.map(tenantOf), cursor: nextCursor(rows, limit) };
  }

  /** The same walk for those who need every tenant, such as the roll-up. */
  listTenantIds(page: Page): { ids: TenantId[]; cursor: string | null } {
    const limit = Math.min(page.limit, limits.tenantIdsPageMax);
    const rows = this.#rows<{ id: TenantId }>(
      `SELECT id FROM tenants WHERE id > ? ORDER BY id LIMIT ?`,
      page.cursor ?? "",
      limit,
    );
    return { ids: rows.map((row) => row.id), cursor: nextCursor(rows, limit) };
  }

  /** `conflict`: the tenant has as many keys in force as it may have. */
  async createKey(
    tenant: string,
    request: CreateKey,
  ): Promise<Result<CreatedKey, "not-found" | "conflict">> {
    const owner = this.getTenant(tenant);
    if (!owner) return err("not-found");
    if (this.#keysInForce(owner.id) >= limits.keysPerTenantMax) return err("conflict");

    const key = mintApiKey(this.#host.randomBytes(apiKeySecretBytes));
    const created: CreatedKey = {
      id: keyId(this.#ulid(this.#host.now())),
      name: request.name ?? null,
      hint: keyHint(key),
      createdAt: this.#host.now(),
      revokedAt: null,
      key,
    };
    this.#change("key.create", created.id, { tenant, name: created.name }, () =>
      this.#sql.exec(
        `INSERT INTO keys (hash, id, tenant, name, hint, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
        hashApiKey(key),
        created.id,
        tenant,
        created.name,
        created.hint,
        created.createdAt,
      ),
    );
    await this.#publishSoon();
    return ok(created);
  }

  /** All keys in force, then the latest revoked ones, in one bounded answer. */
  listKeys(tenant: string): Result<Key[], "not-found"> {
    if (!this.getTenant(tenant)) return err("not-found");
    const rows = this.#rows<KeyRow>(
      `SELECT * FROM keys WHERE tenant = ? ORDER BY revoked_at IS NOT NULL, id DESC LIMIT ?`,
      tenant,
      limits.keysPerTenantMax,
    );
    return ok(rows.map(keyOf));
  }

  /**
   * Ends a key for good; ending it again changes nothing. When this returns, the tenant's ledgers refuse
   * the key, unless they could not be reached in time: then the alarm keeps telling them.
   */
  async revokeKey(tenant: string, id: string): Promise<Result<Key, "not-found">> {
    const found = this.#key(tenant, id);
    if (!found) return err("not-found");
    if (found.revoked_at === null) {
      this.#change("key.revoke", id, { tenant }, () =>
        this.#sql.exec(
          `UPDATE keys SET revoked_at = ?, published = 0 WHERE hash = ?`,
          this.#host.now(),
          found.hash,
        ),
      );
      await this.#publishSoon();
    }
    const revoked = this.#key(tenant, id) ?? found;
    const told = this.#publication.tellLedgers(revoked);
    // Too late or failed, the alarm goes on telling them.
    await inTime(this.#host.timers, limits.revocationMillisMax, told).catch(() => undefined);
    return ok(keyOf(revoked));
  }

  /** What the key with this hash may do; null when there is no such key. */
  identify(hash: string): KeyStanding | null {
    const [row] = this.#rows<KeyRow & { limits: string }>(
      `SELECT keys.*, limits FROM keys JOIN tenants ON tenants.id = tenant WHERE hash = ?`,
      hash,
    );
    return row ? standingOf(row) : null;
  }

  /** Armed again before anything is tried, so that no error can leave the outbox without an alarm. */
  async alarm(): Promise<void> {
    if (this.#publication.isDone()) return;
    const retryMillis = limits.publishRetryMillis * 2 ** this.#failedRuns;
    await this.#host.storage.setAlarm(
      this.#host.now() + Math.min(retryMillis, limits.publishRetryMillisMax),
    );
    const allTold = await this.#publication.run();
    this.#failedRuns = allTold ? 0 : this.#failedRuns + 1;
  }

  /** Makes a change and its audit row one transaction. */
  #change(action: string, subject: string, detail: object, write: () => void): void {
    this.#host.storage.transactionSync(() => {
      write();
      this.#sql.exec(
        `INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, 'admin', ?, ?, ?)`,
        this.#host.now(),
        action,
        subject,
        JSON.stringify(detail),
      );
    });
  }

  /**
   * Called in the same turn as the change, so that row and alarm are written together. Only the alarm
   * publishes, one run at a time: an older standing can never overtake a newer one on its way to KV.
   */
  #publishSoon(): Promise<void> {
    return this.#host.storage.setAlarm(this.#host.now());
  }

  #keysInForce(tenant: TenantId): number {
    return this.#rows(`SELECT id FROM keys WHERE tenant = ? AND revoked_at IS NULL`, tenant).length;
  }

  #key(tenant: string, id: string): KeyRow | undefined {
    return this.#rows<KeyRow>(`SELECT * FROM keys WHERE tenant = ? AND id = ?`, tenant, id)[0];
  }

  #rows<Row extends Record<string, SqlValue>>(query: string, ...bindings: SqlValue[]): Row[] {
    return this.#sql.exec<Row>(query, ...bindings).toArray();
  }
}

export interface Page {
  readonly cursor: string | null;
  readonly limit: number;
}

function nextCursor(rows: readonly { id: string }[], limit: number): string | null {
  return rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
}
