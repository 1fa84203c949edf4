import * as z from "zod/mini";

/** What a key may be used for. */
export const scopes = ["jobs:write", "jobs:read", "usage:read", "keys:admin"] as const;
export type Scope = (typeof scopes)[number];

/** A key without a choice may do everything but manage keys. Keys from before there were scopes are such. */
export const defaultScopes: readonly Scope[] = ["jobs:write", "jobs:read", "usage:read"];

export const scopesSchema = z
  .array(z.enum(scopes))
  .check(z.minLength(1), z.maxLength(scopes.length));
