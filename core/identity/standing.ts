import * as z from "zod/mini";
import { problem, type Problem } from "../problem.ts";
import { keyIdSchema, tenantIdSchema, tenantLimitsSchema } from "./tenant.ts";

/** On whose behalf a request acts, by which key, within which bounds. */
export type Identity = Readonly<z.infer<typeof identitySchema>>;
const identitySchema = z.object({
  tenant: tenantIdSchema,
  key: keyIdSchema,
  limits: tenantLimitsSchema,
});

/**
 * What the Directory says of a key and KV repeats at the edge. A revocation is final: no key comes back,
 * so whoever has read the tombstone never needs to ask again.
 */
export type KeyStanding = Identity | Revoked;
type Revoked = Readonly<z.infer<typeof revokedSchema>>;
const revokedSchema = z.object({ revoked: z.literal(true) });
const standingSchema = z.union([revokedSchema, identitySchema]);

export const isRevoked = (standing: KeyStanding): standing is Revoked => "revoked" in standing;

/** The one answer to a revoked key, whoever finds out first: the door or the ledger. */
export const keyRevoked: Problem = problem(
  "key-revoked",
  "Create a new key; this one will not work again.",
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
