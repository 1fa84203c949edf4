import { hashApiKey, parseApiKey } from "../../../core/identity/api-key.ts";
import { bearerToken } from "../../../core/identity/bearer.ts";
import type { Scope } from "../../../core/identity/scopes.ts";
import {
  isRevoked,
  keyExpired,
  keyRevoked,
  tenantSuspended,
  type Identity,
} from "../../../core/identity/standing.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { RequestContext } from "../http/single-flight.ts";
import { IdentityCache, type IdentityEnv } from "./identity-cache.ts";

/**
 * The tenant that a request acts for. A missing, malformed or unknown key gets the same answer, and only a well-formed
 * key costs a look-up. `refuse` adds `WWW-Authenticate` to a 401 (RFC 9110 §11.6.1).
 */
export async function authenticate(
  authorization: string | null,
  env: IdentityEnv,
  ctx: RequestContext,
  now: number,
  identities: IdentityCache = isolateIdentities,
): Promise<Result<Identity, Problem>> {
  const hash = presentedKeyHash(authorization);
  return hash === null ? err(unauthenticated) : identify(hash, env, ctx, now, identities);
}

/** SHA-256, in hex, of the key that a request was sent with; null: none, or no well-formed one. */
export function presentedKeyHash(authorization: string | null): string | null {
  const key = parseApiKey(bearerToken(authorization) ?? "");
  return key.ok ? hashApiKey(key.value) : null;
}

/** The tenant that the key with this hash acts for, while the key is active. */
export async function identify(
  hash: string,
  env: IdentityEnv,
  ctx: RequestContext,
  now: number,
  identities: IdentityCache = isolateIdentities,
): Promise<Result<Identity, Problem>> {
  const found = await identities.find(hash, env, ctx, now);
  if (!found.ok) return err(unavailable);
  if (found.value === null) return err(unauthenticated);
  if (isRevoked(found.value)) return err(keyRevoked);
  const { expiresAt, suspended } = found.value;
  if (expiresAt !== null && expiresAt <= now) return err(keyExpired);
  return suspended ? err(tenantSuspended) : ok(found.value);
}

/** Whether the key may be used for this; null: any key may. */
export function expectScope({ scopes }: Identity, scope: Scope | null): Result<true, Problem> {
  if (scope === null || scopes.includes(scope)) return ok(true);
  return err(
    problem("scope-missing", `This needs a key with ${scope}; yours has ${scopes.join(", ")}.`),
  );
}

/** Shared by all requests of an isolate. */
const isolateIdentities = new IdentityCache();

const unauthenticated = problem(
  "unauthenticated",
  "Send a valid API key: `Authorization: Bearer ml_live_…`.",
);
const unavailable = problem("unavailable", "Your key could not be checked right now. Try again.", {
  retryAfterMillis: limits.identityRetryMillis,
});
