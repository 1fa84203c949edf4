import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scopes } from "../../core/identity/scopes.ts";
import { type AdminClient, ServiceRefusal, TenantClient } from "./service-client.ts";

export interface FirstTenant {
  readonly tenant: string;
  readonly key: string;
}

/**
 * The tenant that a local run starts with, and a key that may do all that a tenant's can. Made once for each state folder
 * and kept next to the state, because the service itself never shows a key again; made again when the service no longer
 * knows it.
 */
export async function firstTenant(
  stateDir: string,
  url: string,
  admin: AdminClient,
): Promise<FirstTenant> {
  const file = join(stateDir, "first-tenant.json");
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as FirstTenant) : null;
  if (kept && (await isAccepted(url, kept.key))) return kept;
  const tenant = await admin.createTenant({ name: "First tenant" });
  const made = { tenant, key: await admin.createKey(tenant, "local", scopes) };
  writeFileSync(file, `${JSON.stringify(made)}\n`, { mode: 0o600 });
  return made;
}

async function isAccepted(url: string, key: string): Promise<boolean> {
  try {
    await new TenantClient(url, key).usage();
    return true;
  } catch (error) {
    if (error instanceof ServiceRefusal && error.status === 401) return false;
    throw error;
  }
}
