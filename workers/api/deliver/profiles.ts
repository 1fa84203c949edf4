import { parseProfile, profileKey, type DeliveryProfile } from "../../../core/delivery/profile.ts";
import { tenantIdSchema } from "../../../core/identity/ids.ts";
import { tenantSuspended } from "../../../core/identity/standing.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { EdgeCopy } from "../identity/edge-copy.ts";
import type { Call } from "../route.ts";

/** Tenants as far as delivery has to know them. Shared by all requests of an isolate. */
const profiles = new EdgeCopy<
  DeliveryProfile,
  { deliveryProfile(tenant: string): Promise<DeliveryProfile | null> }
>({
  kvKey: profileKey,
  parse: parseProfile,
  ask: (directory, tenant) => directory.deliveryProfile(tenant),
  newer: (one, other) => (other.version > one.version ? other : one),
  isFinal: () => false,
});

/** The tenant named in a URL. Only a well-formed id costs a look-up. */
export async function findProfile(
  { env, ctx }: Pick<Call, "env" | "ctx">,
  tenant: string,
): Promise<Result<DeliveryProfile, Problem>> {
  if (!tenantIdSchema.safeParse(tenant).success) return err(noSuchTenant);
  const found = await profiles.find(tenant, env, ctx, Date.now());
  if (!found.ok) return err(unavailable);
  if (found.value === null) return err(noSuchTenant);
  if (found.value.status === "deleted") return err(noSuchTenant);
  return found.value.status === "suspended" ? err(tenantSuspended) : ok(found.value);
}

/** The tenant as the Directory has it now, where that may be asked and is newer than what is known. */
export async function newestProfile(
  { env, ctx }: Pick<Call, "env" | "ctx">,
  known: DeliveryProfile,
): Promise<DeliveryProfile> {
  const found = await profiles.newest(known.tenant, env, ctx, Date.now());
  return found.ok && found.value?.status === "active" ? found.value : known;
}

const noSuchTenant = problem("not-found", "There is no such tenant. Check the URL.");
const unavailable = problem("unavailable", "The tenant could not be looked up. Try again.", {
  retryAfterMillis: limits.identityRetryMillis,
});
