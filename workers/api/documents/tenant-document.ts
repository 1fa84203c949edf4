import * as z from "zod/mini";
import { tenantLimitsSchema, type Key, type Tenant } from "../../../core/identity/tenant.ts";

/** Tenants and keys as the admin API shows them. Times are ISO 8601, UTC. */
export const tenantSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    limits: tenantLimitsSchema,
    createdAt: z.iso.datetime(),
  })
  .register(z.globalRegistry, { id: "Tenant" });

export const keySchema = z
  .object({
    id: z.string(),
    name: z.nullable(z.string()),
    hint: z.string(),
    createdAt: z.iso.datetime(),
    revokedAt: z.nullable(z.iso.datetime()),
  })
  .register(z.globalRegistry, { id: "Key" });

export const createdKeySchema = z
  .extend(keySchema, { key: z.string() })
  .register(z.globalRegistry, { id: "CreatedKey" });

export function tenantDocument(tenant: Tenant): z.infer<typeof tenantSchema> {
  return { ...tenant, createdAt: new Date(tenant.createdAt).toISOString() };
}

export function keyDocument(key: Key): z.infer<typeof keySchema> {
  return {
    ...key,
    createdAt: new Date(key.createdAt).toISOString(),
    revokedAt: key.revokedAt === null ? null : new Date(key.revokedAt).toISOString(),
  };
}
