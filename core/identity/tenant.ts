import * as z from "zod/mini";
import { everyStay, type Residence } from "../fleet/routing.ts";
import { oneShard, shardMapSchema, type ShardMap } from "../fleet/shard-map.ts";
import { limits } from "../limits.ts";
import { displayName } from "./display-name.ts";
import type { TenantId } from "./ids.ts";
import {
  limitFields,
  planSchema,
  tenantLimitsSchema,
  type PlanName,
  type TenantLimits,
} from "./tenant-limits.ts";
import { regionNamePattern } from "../fleet/region-name.ts";

/** Suspended: new work is refused at once, reads within about a minute. Deleted: the same, forever. */
export type TenantStatus = "active" | "suspended" | "deleted";

/** Times here and below are epoch milliseconds by the Directory's clock. */
export interface Tenant extends Residence {
  readonly id: TenantId;
  readonly name: string;
  readonly plan: PlanName;
  readonly limits: TenantLimits;
  readonly status: TenantStatus;
  readonly shards: ShardMap;
  readonly createdAt: number;
}

const chosenLimits = z.partial(z.strictObject(limitFields));

export type CreateTenant = z.infer<typeof createTenantSchema>;
export const createTenantSchema = z.strictObject({
  name: displayName,
  plan: z.optional(planSchema),
  limits: z.optional(chosenLimits),
  // For good: nothing of a tenant ever has to move.
  home: z.optional(z.string().check(z.regex(regionNamePattern))),
  stays: z.optional(z.enum(everyStay)),
});

/** What may be changed at any time. `limits` replaces what was chosen before: `{}` leaves the plan's own. */
export type ChangeTenant = z.infer<typeof changeTenantSchema>;
export const changeTenantSchema = z.strictObject({
  name: z.optional(displayName),
  plan: z.optional(planSchema),
  limits: z.optional(chosenLimits),
});

/** Only ever raised: what a ledger holds stays there. */
export const raiseShardsSchema = z.strictObject({
  shards: z.int().check(z.minimum(1), z.maximum(limits.shardsMax)),
});

/** A tenant's limits as a ledger holds them: the newest version counts. */
export interface TenantTerms {
  /** Grows with each change of the tenant. */
  readonly version: number;
  readonly limits: TenantLimits;
  readonly status: TenantStatus;
  readonly shards: ShardMap;
}

/** What a ledger has to know of its tenant, apart from its jobs. */
export interface TenantRecord {
  readonly terms: TenantTerms;
  /** Ids of keys that were revoked lately; of older ones KV knows everywhere. */
  readonly revokedKeys: readonly string[];
}

/** Terms as a Directory of another version may tell them. */
export type ToldTerms = Omit<TenantTerms, "shards"> & Partial<Pick<TenantTerms, "shards">>;

const termsSchema = z.object({
  version: z.int(),
  limits: tenantLimitsSchema,
  status: z.enum(["active", "suspended", "deleted"]),
  // Older versions sent none.
  shards: z._default(shardMapSchema, [...oneShard]),
});

/** Terms as a ledger stored them, perhaps by an older version. Throws when they cannot be read. */
export const parseTerms = (text: string): TenantTerms => termsSchema.parse(JSON.parse(text));
