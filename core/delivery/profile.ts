import * as z from "zod/mini";
import { oneShard, shardMapSchema } from "../fleet/shard-map.ts";
import { tenantIdSchema } from "../identity/ids.ts";
import { tenantLimitsSchema } from "../identity/tenant-limits.ts";
import { storedSettingsSchema } from "./settings.ts";

/** What a location has to know of a tenant to deliver its pictures: the Directory decides, KV repeats it. */
export type DeliveryProfile = Readonly<z.infer<typeof profileSchema>>;
const profileSchema = z.object({
  tenant: tenantIdSchema,
  limits: tenantLimitsSchema,
  /** The tenant's version: the higher one is the newer one. */
  version: z.int(),
  status: z.enum(["active", "suspended", "deleted"]),
  settings: storedSettingsSchema,
  signingKeys: z.array(z.object({ id: z.string(), secret: z.string(), createdAt: z.int() })),
  home: z._default(z.nullable(z.string()), null),
  shards: z._default(shardMapSchema, [...oneShard]),
});

/** The KV entry of a tenant. */
export const profileKey = (tenant: string): string => `delivery/${tenant}`;

export const serializeProfile = (profile: DeliveryProfile): string => JSON.stringify(profile);

/** Null for an entry that this version cannot read; the Directory then decides. */
export function parseProfile(text: string): DeliveryProfile | null {
  try {
    return profileSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
