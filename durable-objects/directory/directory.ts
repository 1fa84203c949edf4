import { DurableObject } from "cloudflare:workers";
import type { KeyStanding } from "../../core/identity/standing.ts";
import type {
  CreatedKey,
  CreateKey,
  CreateTenant,
  Key,
  Tenant,
  TenantId,
} from "../../core/identity/tenant.ts";
import type { Result } from "../../core/result.ts";
import { hostOf } from "../host.ts";
import type { PublicationEnv } from "./key-publication.ts";
import { Registry, type Page } from "./registry.ts";

/** A `Registry` on the platform. What each call promises is said there. */
export class Directory extends DurableObject<PublicationEnv> {
  readonly #registry: Registry;

  constructor(ctx: DurableObjectState, env: PublicationEnv) {
    super(ctx, env);
    this.#registry = new Registry(hostOf(ctx), env);
  }

  createTenant(request: CreateTenant): Tenant {
    return this.#registry.createTenant(request);
  }

  getTenant(id: string): Tenant | null {
    return this.#registry.getTenant(id);
  }

  listTenants(page: Page): { tenants: Tenant[]; cursor: string | null } {
    return this.#registry.listTenants(page);
  }

  listTenantIds(page: Page): { ids: TenantId[]; cursor: string | null } {
    return this.#registry.listTenantIds(page);
  }

  createKey(
    tenant: string,
    request: CreateKey,
  ): Promise<Result<CreatedKey, "not-found" | "conflict">> {
    return this.#registry.createKey(tenant, request);
  }

  listKeys(tenant: string): Result<Key[], "not-found"> {
    return this.#registry.listKeys(tenant);
  }

  revokeKey(tenant: string, id: string): Promise<Result<Key, "not-found">> {
    return this.#registry.revokeKey(tenant, id);
  }

  identify(hash: string): KeyStanding | null {
    return this.#registry.identify(hash);
  }

  override alarm(): Promise<void> {
    return this.#registry.alarm();
  }
}
