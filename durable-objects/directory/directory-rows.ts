import type { KeyStanding } from "../../core/identity/standing.ts";
import type { Key, KeyId, Tenant, TenantId } from "../../core/identity/tenant.ts";

/** Rows as `directory-schema.ts` defines them, and what they mean outside. */

export type TenantRow = { id: TenantId; name: string; limits: string; created_at: number };

export type KeyRow = {
  hash: string;
  id: KeyId;
  tenant: TenantId;
  name: string | null;
  hint: string;
  created_at: number;
  revoked_at: number | null;
};

export function tenantOf(row: TenantRow): Tenant {
  return { id: row.id, name: row.name, limits: JSON.parse(row.limits), createdAt: row.created_at };
}

export function keyOf(row: KeyRow): Key {
  const { id, name, hint, created_at, revoked_at } = row;
  return { id, name, hint, createdAt: created_at, revokedAt: revoked_at };
}

/** Takes the key's row together with its tenant's limits. */
export function standingOf(row: KeyRow & { limits: string }): KeyStanding {
  if (row.revoked_at !== null) return { revoked: true };
  return { tenant: row.tenant, key: row.id, limits: JSON.parse(row.limits) };
}
