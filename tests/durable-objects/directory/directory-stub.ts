import type { CreatedKey, Key } from "../../../core/identity/key.ts";
import type { KeyStanding } from "../../../core/identity/standing.ts";
import type { CreateTenant, Tenant } from "../../../core/identity/tenant.ts";
import type { Result } from "../../../core/result.ts";
import type { By } from "../../../durable-objects/directory/trail.ts";

/** The Directory as a Worker reaches it. */
export interface DirectoryStub {
  createTenant(request: CreateTenant, by: By): Promise<Tenant>;
  getTenant(id: string): Promise<Tenant | null>;
  listTenants(page: Page): Promise<{ tenants: Tenant[]; cursor: string | null }>;
  listTenantIds(page: Page): Promise<{ ids: string[]; cursor: string | null }>;
  createKey(
    tenant: string,
    request: { name?: string },
    idempotencyKey: string | null,
    by: By,
  ): Promise<Result<CreatedKey, "not-found" | "conflict">>;
  listKeys(tenant: string): Promise<Result<Key[], "not-found">>;
  revokeKey(tenant: string, key: string, by: By): Promise<Result<Key, "not-found">>;
  identify(hash: string): Promise<KeyStanding | null>;
  setFaults(faults: { kv?: number; ledger?: number; kvHeld?: boolean }): Promise<void>;
}

interface Page {
  readonly cursor: string | null;
  readonly limit: number;
}
