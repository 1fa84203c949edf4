import {
  hostKey,
  parseHost,
  serializeHost,
  type HostEntry,
} from "../../../core/delivery/hosts/host-name.ts";
import type { TenantId } from "../../../core/identity/ids.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { Host, Sql } from "../../ports.ts";
import type { Tenants } from "../tenants.ts";
import type { By, Trail } from "../trail.ts";
import type { Entries, Published, Unpublished } from "./entry-publication.ts";

export type HostRow = { name: string; tenant: TenantId | null; version: number };

/** `conflict`: it is another tenant's, or the tenant has as many as it may have. */
export type HostRefusal = "not-found" | "conflict";

/**
 * Which tenant's pictures are at which host. A name keeps its row: one that was taken away stays without a tenant, so
 * that the next entry for it is newer everywhere.
 */
export class Hosts implements Entries {
  readonly kind = "host";
  readonly #sql: Sql;
  readonly #tenants: Tenants;
  readonly #trail: Trail;
  readonly #publishSoon: () => Promise<void>;

  constructor(host: Host, tenants: Tenants, trail: Trail, publishSoon: () => Promise<void>) {
    this.#sql = host.storage.sql;
    this.#tenants = tenants;
    this.#trail = trail;
    this.#publishSoon = publishSoon;
  }

  /** Null: no tenant ever had it. */
  find(name: string): HostEntry | null {
    return (
      this.#sql
        .exec<HostRow>(`SELECT name, tenant, version FROM hosts WHERE name = ?`, name)
        .toArray()[0] ?? null
    );
  }

  /** The tenant's names in alphabetical order. */
  of(tenant: string): string[] {
    return this.#sql
      .exec<{ name: string }>(`SELECT name FROM hosts WHERE tenant = ? ORDER BY name`, tenant)
      .toArray()
      .map(({ name }) => name);
  }

  /** Gives a name to a tenant; it has one owner at a time. Giving it again changes nothing. */
  async set(tenant: string, name: string, by: By): Promise<Result<true, HostRefusal>> {
    const owner = this.#tenants.row(tenant);
    if (!owner || owner.status === "deleted") return err("not-found");
    const before = this.find(name);
    if (before?.tenant === tenant) return ok(true);
    const isFull = this.of(tenant).length >= limits.hostsPerTenantMax;
    if ((before && before.tenant !== null) || isFull) return err("conflict");
    await this.#write(owner.id, name, by, "set");
    return ok(true);
  }

  /** False: it is not this tenant's. */
  async remove(tenant: string, name: string, by: By): Promise<boolean> {
    const before = this.find(name);
    if (!before?.tenant || before.tenant !== tenant) return false;
    await this.#write(before.tenant, name, by, "remove");
    return true;
  }

  nextUnpublished(after: string): Unpublished | undefined {
    const [row] = this.#sql
      .exec<HostRow>(
        `SELECT name, tenant, version FROM hosts WHERE published < version AND name > ? ORDER BY name LIMIT 1`,
        after,
      )
      .toArray();
    if (!row) return undefined;
    const { name, version } = row;
    return { id: name, version, entry: [hostKey(name), serializeHost(row)] };
  }

  /** In the order of their changes: a cursor has no room for a name. */
  published(after: string, limit: number): Published[] {
    return this.#sql
      .exec<HostRow>(
        `SELECT name, tenant, version FROM hosts WHERE published >= version AND version > ? ORDER BY version LIMIT ?+0`,
        Number(after) || 0,
        limit,
      )
      .toArray()
      .map((row) => ({
        id: row.name,
        at: String(row.version),
        entry: [hostKey(row.name), serializeHost(row)],
      }));
  }

  canonical(text: string): string | null {
    const read = parseHost(text);
    return read && serializeHost(read);
  }

  markPublished(name: string, version: number): void {
    this.#sql.exec(`UPDATE hosts SET published = ? WHERE name = ?`, version, name);
  }

  #write(tenant: TenantId, name: string, by: By, verb: "set" | "remove"): Promise<void> {
    const owner = verb === "set" ? tenant : null;
    const [before, after] = verb === "set" ? [null, { name }] : [{ name }, null];
    const change = { action: `delivery.host.${verb}`, subject: tenant, tenant, before, after };
    this.#trail.change(by, change, (version) =>
      this.#sql.exec(
        `INSERT INTO hosts (name, tenant, version) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET tenant = excluded.tenant, version = excluded.version`,
        name,
        owner,
        version,
      ),
    );
    return this.#publishSoon();
  }
}
