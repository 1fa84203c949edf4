import type { DeliveryProfile } from "../../core/delivery/profile.ts";
import { storedSettingsSchema } from "../../core/delivery/settings.ts";
import type { SigningKey } from "../../core/delivery/signed-url.ts";
import type { Stays } from "../../core/fleet/routing.ts";
import { oneShard, type ShardMap } from "../../core/fleet/shard-map.ts";
import type { AuditEntry } from "../../core/identity/audit.ts";
import type { KeyId, OperatorId, TenantId } from "../../core/identity/ids.ts";
import type { Key } from "../../core/identity/key.ts";
import type { Operator, Role } from "../../core/identity/operator.ts";
import type { KeyStanding } from "../../core/identity/standing.ts";
import type { ChosenLimits, PlanName } from "../../core/identity/tenant-limits.ts";
import { limitsOf } from "../../core/identity/tenant-limits.ts";
import type { Tenant, TenantStatus, TenantTerms } from "../../core/identity/tenant.ts";

/** Rows of `directory-schema.ts`, and the values that they are read as. */

export type TenantRow = {
  id: TenantId;
  name: string;
  limits: string;
  plan: PlanName;
  chosen: string | null;
  status: TenantStatus;
  home: string | null;
  stays: Stays;
  shards: string | null;
  version: number;
  told: number;
  delivery: string | null;
  created_at: number;
};

export type KeyRow = {
  hash: string;
  id: KeyId;
  tenant: TenantId;
  name: string | null;
  hint: string;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  version: number;
  request: string | null;
  replaces: KeyId | "" | null;
};

export type OperatorRow = {
  id: OperatorId;
  hash: string;
  name: string;
  role: Role;
  email: string | null;
  created_at: number;
  revoked_at: number | null;
};

export type TrailRow = {
  number: number;
  at: number;
  actor: string;
  action: string;
  subject: string;
  tenant: string | null;
  before: string;
  after: string;
  origin: string | null;
  previous: string;
  hash: string;
};

/** A key's row together with what its standing says of its tenant. */
export type KeyWithTenant = KeyRow & {
  limits: string;
  plan: PlanName;
  chosen: string | null;
  status: TenantStatus;
  home: string | null;
  stays: Stays;
  shards: string | null;
  tenant_version: number;
};

/** The columns of `KeyWithTenant`; a `WHERE` follows. */
export const selectKeysWithTenants = `SELECT keys.*, limits, plan, chosen, status, home, stays, shards, tenants.version AS tenant_version
  FROM keys JOIN tenants ON tenants.id = tenant`;

export function tenantOf(row: TenantRow): Tenant {
  const { id, name, plan, status, home, stays, created_at } = row;
  const shards = shardMapOf(row);
  return {
    ...{ id, name, plan, limits: effective(row), status, home, stays, shards },
    createdAt: created_at,
  };
}

export function termsOf(row: TenantRow): TenantTerms {
  const { version, status } = row;
  return { version, limits: effective(row), status, shards: shardMapOf(row) };
}

export const shardMapOf = ({ shards }: Pick<TenantRow, "shards">): ShardMap =>
  shards === null ? oneShard : (JSON.parse(shards) as ShardMap);

export function profileOf(row: TenantRow): DeliveryProfile {
  const { id: tenant, version, status, home } = row;
  const shards = [...shardMapOf(row)];
  return { tenant, version, status, home, shards, limits: effective(row), ...deliveryOf(row) };
}

export function deliveryOf({
  delivery,
}: TenantRow): Pick<DeliveryProfile, "settings" | "signingKeys"> {
  const stored = JSON.parse(delivery ?? "{}") as { settings?: unknown; signingKeys?: SigningKey[] };
  return {
    settings: storedSettingsSchema.parse(stored.settings ?? {}),
    signingKeys: stored.signingKeys ?? [],
  };
}

/** Rows from before there were plans hold all their limits as chosen. */
export function chosenOf({ chosen, limits }: { chosen: string | null; limits: string }) {
  return JSON.parse(chosen ?? limits) as ChosenLimits;
}

function effective(row: { plan: PlanName; chosen: string | null; limits: string }) {
  return limitsOf(row.plan, chosenOf(row));
}

export function keyOf(row: KeyRow): Key {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: JSON.parse(row.scopes) as Key["scopes"],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

export function standingOf(row: KeyWithTenant): KeyStanding {
  if (row.revoked_at !== null) return { revoked: true };
  return {
    tenant: row.tenant,
    key: row.id,
    limits: effective(row),
    limitsVersion: row.tenant_version,
    scopes: [...keyOf(row).scopes],
    expiresAt: row.expires_at,
    suspended: row.status !== "active",
    home: row.home,
    stays: row.stays,
    shards: [...shardMapOf(row)],
    version: row.version,
  };
}

export function operatorOf(row: OperatorRow): Operator {
  const { id, name, role, email, created_at, revoked_at } = row;
  return { id, name, role, email, createdAt: created_at, revokedAt: revoked_at };
}

export function entryOf({ before, after, origin, ...row }: TrailRow): AuditEntry {
  return { ...row, before: JSON.parse(before), after: JSON.parse(after), from: origin };
}
