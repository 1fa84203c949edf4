import { bytesToHex } from "@noble/hashes/utils.js";
import {
  parseProfile,
  profileKey,
  serializeProfile,
  type DeliveryProfile,
} from "../../../core/delivery/profile.ts";
import {
  changedPart,
  changedSettings,
  shownSettings,
  type DeliveryChange,
} from "../../../core/delivery/settings.ts";
import type { SigningKey } from "../../../core/delivery/signed-url.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { Host, Sql } from "../../ports.ts";
import { deliveryOf, profileOf, type TenantRow } from "../directory-rows.ts";
import type { Tenants } from "../tenants.ts";
import type { By, Trail } from "../trail.ts";
import type { Entries, Published, Unpublished } from "./entry-publication.ts";
import { Hosts } from "./hosts.ts";

/** A tenant's delivery as it is shown: without the secrets of its keys. */
export interface DeliveryView {
  readonly settings: ReturnType<typeof shownSettings>;
  readonly signingKeys: readonly Omit<SigningKey, "secret">[];
  /** Names of hosts that its pictures are at. Objects from before there were any do not say. */
  readonly hosts?: readonly string[];
}

/** How tenants' pictures are delivered. Each change makes the tenant's profile newer, to be published again. */
export class Delivery implements Entries {
  readonly kind = "profile";
  readonly hosts: Hosts;
  readonly #host: Host;
  readonly #sql: Sql;
  readonly #tenants: Tenants;
  readonly #trail: Trail;
  readonly #publishSoon: () => Promise<void>;

  constructor(host: Host, tenants: Tenants, trail: Trail, publishSoon: () => Promise<void>) {
    this.#host = host;
    this.#sql = host.storage.sql;
    this.#tenants = tenants;
    this.#trail = trail;
    this.#publishSoon = publishSoon;
    this.hosts = new Hosts(host, tenants, trail, publishSoon);
  }

  /** What a location must know of the tenant to deliver its pictures; null: there is none. */
  profile(tenant: string): DeliveryProfile | null {
    const row = this.#tenants.row(tenant);
    return row ? profileOf(row) : null;
  }

  view(tenant: string): Result<DeliveryView, "not-found"> {
    const row = this.#row(tenant);
    return row ? ok(this.#viewOf(row)) : err("not-found");
  }

  /** In force here at once, and everywhere when the locations have read KV again. */
  async change(
    tenant: string,
    change: DeliveryChange,
    by: By,
  ): Promise<Result<DeliveryView, "not-found" | "conflict">> {
    const row = this.#row(tenant);
    if (!row) return err("not-found");
    const before = deliveryOf(row);
    const settings = changedSettings(before.settings, change);
    if (settings === null) return err("conflict");
    if (JSON.stringify(settings) === JSON.stringify(before.settings)) return ok(this.#viewOf(row));
    await this.#write(row, "delivery.change", { ...before, settings }, by, [
      changedPart(before.settings, settings),
      changedPart(settings, before.settings),
    ]);
    return this.view(tenant);
  }

  /** `conflict`: two are live, and one has to go first. */
  async createKey(tenant: string, by: By): Promise<Result<SigningKey, "not-found" | "conflict">> {
    const row = this.#row(tenant);
    if (!row) return err("not-found");
    const before = deliveryOf(row);
    if (before.signingKeys.length >= limits.signingKeysMax) return err("conflict");
    const key = {
      id: `sgn_${bytesToHex(this.#host.randomBytes(8))}`,
      secret: bytesToHex(this.#host.randomBytes(32)),
      createdAt: this.#host.now(),
    };
    const after = { ...before, signingKeys: [...before.signingKeys, key] };
    await this.#write(row, "delivery.key.create", after, by, [null, { id: key.id }]);
    return ok(key);
  }

  /** URLs that it signed stop working once every location knows. False: there is no such key. */
  async revokeKey(tenant: string, id: string, by: By): Promise<boolean> {
    const row = this.#row(tenant);
    const before = row && deliveryOf(row);
    if (!row || !before?.signingKeys.some((key) => key.id === id)) return false;
    const after = { ...before, signingKeys: before.signingKeys.filter((key) => key.id !== id) };
    await this.#write(row, "delivery.key.revoke", after, by, [{ id }, null]);
    return true;
  }

  /** The next tenant after `id` whose newest profile is not in KV. */
  nextUnpublished(id: string): Unpublished | undefined {
    const [row] = this.#sql
      .exec<TenantRow>(
        `SELECT * FROM tenants WHERE profiled < version AND id > ? ORDER BY id LIMIT 1`,
        id,
      )
      .toArray();
    if (!row) return undefined;
    const profile = profileOf(row);
    const entry = [profileKey(row.id), serializeProfile(profile)] as const;
    return { id: row.id, version: profile.version, entry };
  }

  /** In the order of their ids. */
  published(after: string, limit: number): Published[] {
    return this.#sql
      .exec<TenantRow>(
        `SELECT * FROM tenants WHERE profiled >= version AND id > ? ORDER BY id LIMIT ?+0`,
        after,
        limit,
      )
      .toArray()
      .map((row) => ({
        id: row.id,
        at: row.id,
        entry: [profileKey(row.id), serializeProfile(profileOf(row))],
      }));
  }

  canonical(text: string): string | null {
    const read = parseProfile(text);
    return read && serializeProfile(read);
  }

  markPublished(tenant: string, version: number): void {
    this.#sql.exec(`UPDATE tenants SET profiled = ? WHERE id = ?`, version, tenant);
  }

  #row(tenant: string): TenantRow | undefined {
    const row = this.#tenants.row(tenant);
    return row?.status === "deleted" ? undefined : row;
  }

  #write(
    { id }: TenantRow,
    action: string,
    stored: object,
    by: By,
    [before, after]: readonly [unknown, unknown],
  ): Promise<void> {
    this.#trail.change(by, { action, subject: id, tenant: id, before, after }, (version) =>
      this.#sql.exec(
        `UPDATE tenants SET delivery = ?, version = ? WHERE id = ?`,
        JSON.stringify(stored),
        version,
        id,
      ),
    );
    return this.#publishSoon();
  }

  #viewOf(row: TenantRow): DeliveryView {
    const { settings, signingKeys } = deliveryOf(row);
    return {
      settings: shownSettings(settings),
      signingKeys: signingKeys.map(({ id, createdAt }) => ({ id, createdAt })),
      hosts: this.hosts.of(row.id),
    };
  }
}
