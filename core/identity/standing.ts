import * as z from "zod/mini";
import { everyStay } from "../fleet/routing.ts";
import { oneShard, shardMapSchema } from "../fleet/shard-map.ts";
import { problem, type Problem } from "../problem.ts";
import { keyIdSchema, tenantIdSchema } from "./ids.ts";
import { defaultScopes, scopesSchema } from "./scopes.ts";
import { tenantLimitsSchema } from "./tenant-limits.ts";

/** The tenant that a request acts for, its key, and its limits. */
export type Identity = Readonly<z.infer<typeof identitySchema>>;
const identitySchema = z.object({
  tenant: tenantIdSchema,
  key: keyIdSchema,
  limits: tenantLimitsSchema,
  // Entries from before these fields existed have none of them.
  scopes: z._default(scopesSchema, [...defaultScopes]),
  expiresAt: z._default(z.nullable(z.int()), null),
  suspended: z._default(z.boolean(), false),
  home: z._default(z.nullable(z.string()), null),
  stays: z._default(z.enum(everyStay), "anywhere"),
  shards: z._default(shardMapSchema, [...oneShard]),
  /** Version of the tenant and its key together: the higher one is the newer one. */
  version: z._default(z.int(), 0),
  /** Version of the limits alone, as ledgers compare them. */
  limitsVersion: z._default(z.int(), 0),
});

/**
 * What the Directory says of a key and KV repeats at the edge. A revocation is final: no key comes back,
 * so a reader of the tombstone never needs to ask again.
 */
export type KeyStanding = Identity | Revoked;
type Revoked = Readonly<z.infer<typeof revokedSchema>>;
const revokedSchema = z.object({ revoked: z.literal(true) });
const standingSchema = z.union([revokedSchema, identitySchema]);

export const isRevoked = (standing: KeyStanding): standing is Revoked => "revoked" in standing;

/** The newer of two readings of one key. Writes to KV may arrive late and out of order. */
export function newerStanding(one: KeyStanding, other: KeyStanding): KeyStanding {
  if (isRevoked(one)) return one;
  if (isRevoked(other)) return other;
  return other.version > one.version ? other : one;
}

/** The one answer to a revoked key, from the API or the ledger. */
export const keyRevoked: Problem = problem(
  "key-revoked",
  "This key will not work again. Create a new key.",
);

export const keyExpired: Problem = problem(
  "key-expired",
  "This key has expired. Create a new key.",
);

export const tenantSuspended: Problem = problem(
  "tenant-suspended",
  "The operator has suspended this tenant. Nothing is lost; ask them.",
);

/** The KV entry of a key, by the SHA-256 of the key. */
export const standingKey = (hash: string): string => `key/${hash}`;

export const serializeStanding = (standing: KeyStanding): string => JSON.stringify(standing);

/** Null for an entry that this version cannot read; the Directory then decides. */
export function parseStanding(text: string): KeyStanding | null {
  try {
    return standingSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
