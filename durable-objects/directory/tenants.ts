import { tenantId, type TenantId } from "../../core/identity/ids.ts";
import { shardsOf, oneShard } from "../../core/fleet/shard-map.ts";
import { isServedBy, limitsOf } from "../../core/identity/tenant-limits.ts";
import type {
  ChangeTenant,
  CreateTenant,
  Tenant,
  TenantStatus,
  TenantTerms,
} from "../../core/identity/tenant.ts";
import { limits } from "../../core/limits.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Host, Sql } from "../ports.ts";
import { chosenOf, shardMapOf, tenantOf, termsOf, type TenantRow } from "./directory-rows.ts";
import type { By, Trail } from "./trail.ts";

export interface Page {
  readonly cursor: string | null;
  readonly limit: number;
}
/** `gone`: a deleted tenant does not come back. */
export type TenantRefusal = "not-found" | "gone" | "too-fast";
export type ShardRefusal = "not-found" | "gone" | "fewer";

/** The tenants. Each change makes its terms newer and leaves its keys to be published again. */
export class Tenants {
  readonly #host: Host;
  readonly #sql: Sql;
  readonly #trail: Trail;
  readonly #ulid: (at: number) => string;

  constructor(host: Host, trail: Trail, ulid: (at: number) => string) {
    this.#host = host;
    this.#sql = host.storage.sql;
    this.#trail = trail;
    this.#ulid = ulid;
  }

  create(request: CreateTenant, by: By): Tenant {
    const { name, plan = "custom", limits: chosen = {}, home = null, stays = "anywhere" } = request;
    const at = this.#host.now();
    const id = tenantId(this.#ulid(at));
    const bounds = limitsOf(plan, chosen);
    const after = { name, plan, limits: bounds, home, stays };
    const change = { action: "tenant.create", subject: id, tenant: id, before: null, after };
    this.#trail.change(by, change, (version) =>
      // No ledger exists yet, so none has to be told.
      this.#sql.exec(
        `INSERT INTO tenants (id, name, plan, chosen, limits, home, stays, version, told, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        name,
        plan,
        JSON.stringify(chosen),
        JSON.stringify(bounds),
        home,
        stays,
        version,
        version,
        at,
      ),
    );
    return { id, ...after, status: "active", shards: oneShard, createdAt: at };
  }

  /** Name, plan and limits, each where it is given. `too-fast`: its shards cannot serve the rate. */
  change(id: string, change: ChangeTenant, by: By): Result<Tenant, TenantRefusal> {
    const row = this.row(id);
    if (!row) return err("not-found");
    if (row.status === "deleted") return err("gone");
    const name = change.name ?? row.name;
    const plan = change.plan ?? row.plan;
    // Another plan ends what was chosen with the old one, unless it is chosen again.
    const kept = change.plan === undefined || change.plan === row.plan ? chosenOf(row) : {};
    const chosen = change.limits ?? kept;
    const bounds = limitsOf(plan, chosen);
    const before = tenantOf(row);
    if (!isServedBy(bounds, shardsOf(before.shards))) return err("too-fast");
    if (name === row.name && plan === row.plan && isSame(bounds, before.limits)) return ok(before);
    this.#trail.change(
      by,
      {
        action: "tenant.change",
        subject: id,
        tenant: id,
        before: { name: before.name, plan: before.plan, limits: before.limits },
        after: { name, plan, limits: bounds },
      },
      (version) => {
        this.#sql.exec(
          `UPDATE tenants SET name = ?, plan = ?, chosen = ?, limits = ?, version = ? WHERE id = ?`,
          name,
          plan,
          JSON.stringify(chosen),
          JSON.stringify(bounds),
          version,
          id,
        );
        this.#publishKeys(id, version);
      },
    );
    return ok({ ...before, name, plan, limits: bounds });
  }

  setStatus(id: string, status: TenantStatus, by: By): Result<Tenant, "not-found" | "gone"> {
    const row = this.row(id);
    if (!row) return err("not-found");
    if (row.status === status) return ok(tenantOf(row));
    if (row.status === "deleted") return err("gone");
    const action = { active: "resume", suspended: "suspend", deleted: "delete" }[status];
    this.#trail.change(
      by,
      {
        action: `tenant.${action}`,
        subject: id,
        tenant: id,
        before: { status: row.status },
        after: { status },
      },
      (version) => {
        this.#sql.exec(
          `UPDATE tenants SET status = ?, version = ? WHERE id = ?`,
          status,
          version,
          id,
        );
        this.#publishKeys(id, version);
      },
    );
    return ok({ ...tenantOf(row), status });
  }

  /** `fewer`: the number is below the one that there is. The same number changes nothing. */
  raiseShards(id: string, shards: number, by: By): Result<Tenant, ShardRefusal> {
    const row = this.row(id);
    if (!row) return err("not-found");
    if (row.status === "deleted") return err("gone");
    const map = shardMapOf(row);
    const before = { shards: shardsOf(map) };
    if (shards < before.shards) return err("fewer");
    if (shards === before.shards) return ok(tenantOf(row));
    const next = [...map, { shards, since: this.#host.now() }];
    const after = { shards };
    const change = { action: "tenant.shards", subject: id, tenant: id, before, after };
    this.#trail.change(by, change, (version) => {
      this.#sql.exec(
        `UPDATE tenants SET shards = ?, version = ? WHERE id = ?`,
        JSON.stringify(next),
        version,
        id,
      );
      this.#publishKeys(id, version);
    });
    return ok({ ...tenantOf(row), shards: next });
  }

  get(id: string): Tenant | null {
    const row = this.row(id);
    return row ? tenantOf(row) : null;
  }

  /** Oldest first, after `cursor`. */
  page(cursor: string | null, limit: number): Tenant[] {
    return this.#sql
      .exec<TenantRow>(
        `SELECT * FROM tenants WHERE id > ? ORDER BY id LIMIT ?+0`,
        cursor ?? "",
        Math.min(limit, limits.pageSizeMax),
      )
      .toArray()
      .map(tenantOf);
  }

  ids(cursor: string | null, limit: number): TenantId[] {
    return this.#sql
      .exec<{ id: TenantId }>(
        `SELECT id FROM tenants WHERE id > ? ORDER BY id LIMIT ?+0`,
        cursor ?? "",
        Math.min(limit, limits.tenantIdsPageMax),
      )
      .toArray()
      .map(({ id }) => id);
  }

  row(id: string): TenantRow | undefined {
    return this.#sql.exec<TenantRow>(`SELECT * FROM tenants WHERE id = ?`, id).toArray()[0];
  }

  /** The next tenant after `id` whose newest terms have not reached every ledger. */
  nextUntold(id: string): { readonly id: TenantId; readonly terms: TenantTerms } | undefined {
    const [row] = this.#sql
      .exec<TenantRow>(
        `SELECT * FROM tenants WHERE told < version AND id > ? ORDER BY id LIMIT 1`,
        id,
      )
      .toArray();
    return row && { id: row.id, terms: termsOf(row) };
  }

  markTold(id: string, version: number): void {
    this.#sql.exec(`UPDATE tenants SET told = MAX(told, ?) WHERE id = ?`, version, id);
  }

  /** What KV says of a key holds its tenant's terms too. */
  #publishKeys(tenant: string, version: number): void {
    this.#sql.exec(
      `UPDATE keys SET published = 0, version = ? WHERE tenant = ? AND revoked_at IS NULL`,
      version,
      tenant,
    );
  }
}

const isSame = (left: object, right: object) => JSON.stringify(left) === JSON.stringify(right);
