import * as z from "zod/mini";
import { limits } from "../limits.ts";
import type { ApiKey } from "./api-key.ts";
import { displayName } from "./display-name.ts";
import type { KeyId } from "./ids.ts";
import { scopesSchema, type Scope } from "./scopes.ts";

/** A key as lists show it; the key itself is in `CreatedKey` only. Times are epoch milliseconds. */
export interface Key {
  readonly id: KeyId;
  readonly name: string | null;
  readonly hint: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  /** When it stops working by itself; null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** The one answer that holds the key itself: it is stored nowhere and cannot be shown again. */
export interface CreatedKey extends Key {
  readonly key: ApiKey;
}

export type CreateKey = z.infer<typeof createKeySchema>;
export const createKeySchema = z.strictObject({
  name: z.optional(displayName),
  scopes: z.optional(scopesSchema),
  expiresAt: z.optional(z.iso.datetime()),
});

/** How long the old key keeps working next to the new one. */
export type RotateKey = z.infer<typeof rotateKeySchema>;
export const rotateKeySchema = z.strictObject({
  overlapSeconds: z.optional(z.int().check(z.minimum(0), z.maximum(limits.keyOverlapSecondsMax))),
});
