import * as z from "zod/mini";
import { shardsOf } from "../../../core/fleet/shard-map.ts";
import { everyStay } from "../../../core/fleet/routing.ts";
import type { Key } from "../../../core/identity/key.ts";
import { roles, type Operator } from "../../../core/identity/operator.ts";
import { scopes } from "../../../core/identity/scopes.ts";
import { limitFields, planSchema } from "../../../core/identity/tenant-limits.ts";
import type { Tenant } from "../../../core/identity/tenant.ts";

/** Operators, tenants and keys as the management plane shows them. Times are ISO 8601, UTC. */
export const limitsSchema = z
  .object(limitFields)
  .register(z.globalRegistry, { id: "TenantLimits" });

export const tenantSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    plan: planSchema,
    limits: limitsSchema,
    status: z.enum(["active", "suspended", "deleted"]),
    home: z.nullable(z.string()),
    stays: z.enum(everyStay),
    shards: z.int(),
    createdAt: z.iso.datetime(),
  })
  .register(z.globalRegistry, { id: "Tenant" });

export const shardsSchema = z
  .object({
    tenant: z.string(),
    shards: z.int(),
    epochs: z.array(z.object({ shards: z.int(), since: z.nullable(z.iso.datetime()) })),
  })
  .register(z.globalRegistry, { id: "Shards" });

export const keySchema = z
  .object({
    id: z.string(),
    name: z.nullable(z.string()),
    hint: z.string(),
    scopes: z.array(z.enum(scopes)),
    createdAt: z.iso.datetime(),
    expiresAt: z.nullable(z.iso.datetime()),
    revokedAt: z.nullable(z.iso.datetime()),
  })
  .register(z.globalRegistry, { id: "Key" });

export const createdKeySchema = z
  .extend(keySchema, { key: z.string() })
  .register(z.globalRegistry, { id: "CreatedKey" });

export const operatorSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles),
    email: z.nullable(z.email()),
    createdAt: z.iso.datetime(),
    revokedAt: z.nullable(z.iso.datetime()),
  })
  .register(z.globalRegistry, { id: "Operator" });

export const createdOperatorSchema = z
  .extend(operatorSchema, { token: z.string() })
  .register(z.globalRegistry, { id: "CreatedOperator" });

export function tenantDocument(tenant: Tenant): z.infer<typeof tenantSchema> {
  return { ...tenant, shards: shardsOf(tenant.shards), createdAt: iso(tenant.createdAt) };
}

export function keyDocument(key: Key): z.infer<typeof keySchema> {
  return {
    ...key,
    scopes: [...key.scopes],
    createdAt: iso(key.createdAt),
    expiresAt: key.expiresAt === null ? null : iso(key.expiresAt),
    revokedAt: key.revokedAt === null ? null : iso(key.revokedAt),
  };
}

export function operatorDocument(operator: Operator): z.infer<typeof operatorSchema> {
  return {
    ...operator,
    createdAt: iso(operator.createdAt),
    revokedAt: operator.revokedAt === null ? null : iso(operator.revokedAt),
  };
}

const iso = (millis: number) => new Date(millis).toISOString();
