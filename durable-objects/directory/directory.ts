import { DurableObject } from "cloudflare:workers";
import type { DeliveryChange } from "../../core/delivery/settings.ts";
import { hostOf } from "../host.ts";
import type { CreditNotes } from "./credit-notes.ts";
import type { DirectoryEnv } from "./directory-env.ts";
import { Registry } from "./registry.ts";
import type { Page } from "./tenants.ts";
import type { By, Trail } from "./trail.ts";

type Calls<Name extends keyof Registry> = Registry[Name] extends (...given: infer Given) => unknown
  ? Given
  : never;

/** A `Registry` on the platform. What each call promises is said there. */
export class Directory extends DurableObject<DirectoryEnv> {
  readonly #registry: Registry;

  constructor(ctx: DurableObjectState, env: DirectoryEnv) {
    super(ctx, env);
    this.#registry = new Registry(hostOf(ctx, env), env);
  }

  createTenant(...given: Calls<"createTenant">) {
    return this.#registry.createTenant(...given);
  }

  changeTenant(...given: Calls<"changeTenant">) {
    return this.#registry.changeTenant(...given);
  }

  setTenantStatus(...given: Calls<"setTenantStatus">) {
    return this.#registry.setTenantStatus(...given);
  }

  raiseShards(...given: Calls<"raiseShards">) {
    return this.#registry.raiseShards(...given);
  }

  getTenant(id: string) {
    return this.#registry.getTenant(id);
  }

  tenantRecord(id: string) {
    return this.#registry.tenantRecord(id);
  }

  deliveryProfile(tenant: string) {
    return this.#registry.delivery.profile(tenant);
  }

  delivery(tenant: string) {
    return this.#registry.delivery.view(tenant);
  }

  changeDelivery(tenant: string, change: DeliveryChange, by: By) {
    return this.#registry.delivery.change(tenant, change, by);
  }

  createSigningKey(tenant: string, by: By) {
    return this.#registry.delivery.createKey(tenant, by);
  }

  revokeSigningKey(tenant: string, id: string, by: By) {
    return this.#registry.delivery.revokeKey(tenant, id, by);
  }

  host(name: string) {
    return this.#registry.delivery.hosts.find(name);
  }

  hostsOf(tenant: string) {
    return this.#registry.delivery.hosts.of(tenant);
  }

  setHost(tenant: string, name: string, by: By) {
    return this.#registry.delivery.hosts.set(tenant, name, by);
  }

  removeHost(tenant: string, name: string, by: By) {
    return this.#registry.delivery.hosts.remove(tenant, name, by);
  }

  listTenants(page: Page) {
    return this.#registry.listTenants(page);
  }

  listTenantIds(page: Page) {
    return this.#registry.listTenantIds(page);
  }

  createKey(...given: Calls<"createKey">) {
    return this.#registry.createKey(...given);
  }

  listKeys(tenant: string) {
    return this.#registry.listKeys(tenant);
  }

  revokeKey(...given: Calls<"revokeKey">) {
    return this.#registry.revokeKey(...given);
  }

  rotateKey(...given: Calls<"rotateKey">) {
    return this.#registry.rotateKey(...given);
  }

  identify(hash: string) {
    return this.#registry.identify(hash);
  }

  createFirstOwner(...given: Calls<"createFirstOwner">) {
    return this.#registry.createFirstOwner(...given);
  }

  createOperator(...given: Calls<"createOperator">) {
    return this.#registry.createOperator(...given);
  }

  revokeOperator(...given: Calls<"revokeOperator">) {
    return this.#registry.revokeOperator(...given);
  }

  listOperators() {
    return this.#registry.listOperators();
  }

  identifyOperator(...given: Calls<"identifyOperator">) {
    return this.#registry.identifyOperator(...given);
  }

  trail(...given: Parameters<Trail["page"]>) {
    return this.#registry.trail.page(...given);
  }

  enterBreaches(...found: Parameters<Trail["enterBreaches"]>) {
    return this.#registry.trail.enterBreaches(...found);
  }

  issueCreditNote(...given: Parameters<CreditNotes["issue"]>) {
    return this.#registry.creditNotes.issue(...given);
  }

  creditNotes(tenant: string) {
    return this.#registry.creditNotes.ofTenant(tenant);
  }

  unwrittenCreditNotes() {
    return this.#registry.creditNotes.unwritten();
  }

  creditNotesWritten(...given: Parameters<CreditNotes["written"]>) {
    this.#registry.creditNotes.written(...given);
  }

  repairIdentities(cursor: string | null) {
    return this.#registry.repairIdentities(cursor);
  }

  override alarm(): Promise<void> {
    return this.#registry.alarm();
  }
}
