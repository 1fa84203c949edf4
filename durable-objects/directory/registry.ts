import { monotonicFactory } from "ulid";
import { inTime } from "../../core/deadline.ts";
import type { TenantId } from "../../core/identity/ids.ts";
import type { CreatedKey, CreateKey, Key, RotateKey } from "../../core/identity/key.ts";
import type { CreatedOperator, CreateOperator, Operator } from "../../core/identity/operator.ts";
import type { KeyStanding } from "../../core/identity/standing.ts";
import type {
  ChangeTenant,
  CreateTenant,
  Tenant,
  TenantRecord,
  TenantStatus,
} from "../../core/identity/tenant.ts";
import { limits } from "../../core/limits.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { migrate } from "../migrate.ts";
import type { Host } from "../ports.ts";
import type { DirectoryEnv } from "./directory-env.ts";
import {
  keyOf,
  selectKeysWithTenants,
  standingOf,
  termsOf,
  type KeyWithTenant,
} from "./directory-rows.ts";
import { directoryMigrations } from "./directory-schema.ts";
import { CreditNotes } from "./credit-notes.ts";
import { Delivery } from "./delivery/delivery.ts";
import { IdentityRepair } from "./identity-repair.ts";
import { KeyPublication } from "./key-publication.ts";
import { Keys, type KeyRefusal } from "./keys.ts";
import { Operators } from "./operators.ts";
import { Tenants, type Page, type ShardRefusal, type TenantRefusal } from "./tenants.ts";
import { EntryPublication } from "./delivery/entry-publication.ts";
import { TermsPublication } from "./terms-publication.ts";
import { TrailExport } from "./trail-export.ts";
import { Trail, type By } from "./trail.ts";

/**
 * The management plane: operators, tenants, keys and credit notes, and who changed them. One object for all, asked
 * rarely: KV repeats every key's standing at the edge, and every ledger holds its tenant's terms. A change and its
 * audit row are one transaction; KV, ledgers and R2 are told afterwards, through outboxes that the alarm empties.
 */
export class Registry {
  readonly delivery: Delivery;
  readonly #host: Host;
  readonly trail: Trail;
  readonly creditNotes: CreditNotes;
  readonly #tenants: Tenants;
  readonly #keys: Keys;
  readonly #operators: Operators;
  readonly #keyNews: KeyPublication;
  readonly #termsNews: TermsPublication;
  readonly #export: TrailExport;
  readonly #repair: IdentityRepair;
  readonly #entryNews: readonly EntryPublication[];
  #failedRuns = 0;

  constructor(host: Host, env: DirectoryEnv) {
    this.#host = host;
    migrate(host.storage, directoryMigrations);
    const ulid = monotonicFactory(() => host.random());
    this.trail = new Trail(host);
    this.creditNotes = new CreditNotes(host, this.trail);
    this.#tenants = new Tenants(host, this.trail, ulid);
    this.#keys = new Keys(host, this.trail, ulid);
    this.#operators = new Operators(host, this.trail, ulid);
    const tellAgain = () => host.background(this.#publishSoon());
    this.#keyNews = new KeyPublication(host, env, tellAgain);
    this.delivery = new Delivery(host, this.#tenants, this.trail, () => this.#publishSoon());
    const entries = [this.delivery, this.delivery.hosts];
    this.#entryNews = entries.map((each) => new EntryPublication(host, each, env, tellAgain));
    this.#termsNews = new TermsPublication(host, this.#tenants, env);
    this.#export = new TrailExport(host, env.BOOKS);
    this.#repair = new IdentityRepair(host, env, entries);
  }

  async createTenant(request: CreateTenant, by: By): Promise<Tenant> {
    const tenant = this.#tenants.create(request, by);
    await this.#publishSoon();
    return tenant;
  }

  /** When this returns, the tenant's ledgers decide by the new terms; one that is out of reach is told again. */
  async changeTenant(
    id: string,
    change: ChangeTenant,
    by: By,
  ): Promise<Result<Tenant, TenantRefusal>> {
    return this.#told(id, this.#tenants.change(id, change, by));
  }

  /**
   * Suspends, resumes or deletes; what already is so changes nothing. A deleted tenant's keys are revoked
   * permanently.
   */
  async setTenantStatus(
    id: string,
    status: TenantStatus,
    by: By,
  ): Promise<Result<Tenant, "not-found" | "gone">> {
    const changed = this.#tenants.setStatus(id, status, by);
    if (changed.ok && status === "deleted") {
      for (const key of this.#keys.inForce(id)) this.#keys.revoke(key, by);
    }
    return this.#told(id, changed);
  }

  /** The same of its new map of shards. */
  async raiseShards(id: string, shards: number, by: By): Promise<Result<Tenant, ShardRefusal>> {
    await this.#keyNews.tellNewShards(id, shards, this.#host.now());
    return this.#told(id, this.#tenants.raiseShards(id, shards, by));
  }

  getTenant(id: string): Tenant | null {
    return this.#tenants.get(id);
  }

  /** What the tenant's ledgers were told; null when there is no such tenant. */
  tenantRecord(id: string): TenantRecord | null {
    const row = this.#tenants.row(id);
    if (!row) return null;
    const revoked = this.#keys.revokedSince(id, this.#host.now() - limits.recallMillis);
    return { terms: termsOf(row), revokedKeys: revoked };
  }

  /** Oldest first. `cursor` is null on the last page; otherwise it asks for the next one. */
  listTenants({ cursor, limit }: Page): { tenants: Tenant[]; cursor: string | null } {
    const tenants = this.#tenants.page(cursor, limit);
    const full = tenants.length === Math.min(limit, limits.pageSizeMax);
    return { tenants, cursor: full ? (tenants.at(-1)?.id ?? null) : null };
  }

  /** The same for callers that need every tenant, such as the roll-up. */
  listTenantIds({ cursor, limit }: Page): { ids: TenantId[]; cursor: string | null } {
    const ids = this.#tenants.ids(cursor, limit);
    const full = ids.length === Math.min(limit, limits.tenantIdsPageMax);
    return { ids, cursor: full ? (ids.at(-1) ?? null) : null };
  }

  async createKey(
    tenant: string,
    request: CreateKey,
    idempotencyKey: string | null,
    by: By,
  ): Promise<Result<CreatedKey, "not-found" | KeyRefusal>> {
    const owner = this.#tenants.get(tenant);
    if (!owner || owner.status === "deleted") return err("not-found");
    const created = this.#keys.create(owner.id, request, idempotencyKey, by);
    if (created.ok) await this.#publishSoon();
    return created;
  }

  listKeys(tenant: string): Result<Key[], "not-found"> {
    return this.#tenants.get(tenant) ? ok(this.#keys.list(tenant)) : err("not-found");
  }

  /**
   * Revokes a key permanently; doing it again changes nothing. When this returns, the tenant's ledgers refuse
   * the key, unless they could not be reached in time: then the alarm keeps trying.
   */
  async revokeKey(tenant: string, id: string, by: By): Promise<Result<Key, "not-found">> {
    const found = this.#keys.find(tenant, id);
    if (!found) return err("not-found");
    this.#keys.revoke(found, by);
    await this.#publishSoon();
    const revoked = this.#keys.find(tenant, id) ?? found;
    await this.#inTime(this.#keyNews.tellLedgers(revoked));
    return ok(keyOf(revoked));
  }

  /** A new key with the old one's name and scopes; the old one goes on working for the overlap. */
  async rotateKey(
    tenant: string,
    id: string,
    { overlapSeconds = limits.keyOverlapSecondsDefault }: RotateKey,
    idempotencyKey: string | null,
    by: By,
  ): Promise<Result<CreatedKey, "not-found" | KeyRefusal>> {
    const old = this.#keys.find(tenant, id);
    if (!old || old.revoked_at !== null) return err("not-found");
    const created = this.#keys.rotate(old, overlapSeconds, idempotencyKey, by);
    if (created.ok) await this.#publishSoon();
    return created;
  }

  /** What the key with this hash may do; null when there is no such key. */
  identify(hash: string): KeyStanding | null {
    const [row] = this.#host.storage.sql
      .exec<KeyWithTenant>(`${selectKeysWithTenants} WHERE hash = ?`, hash)
      .toArray();
    return row ? standingOf(row) : null;
  }

  /** The first owner, made with the deployment's own secret. `conflict`: there is or was an operator. */
  async createFirstOwner(
    request: CreateOperator,
    from: string | null,
  ): Promise<Result<CreatedOperator, "conflict">> {
    if (!this.#operators.isEmpty()) return err("conflict");
    return this.createOperator({ ...request, role: "owner" }, { actor: "bootstrap", from });
  }

  async createOperator(
    request: CreateOperator,
    by: By,
  ): Promise<Result<CreatedOperator, "conflict">> {
    const created = this.#operators.create(request, by);
    if (created.ok) await this.#publishSoon();
    return created;
  }

  async revokeOperator(id: string, by: By): Promise<Result<Operator, "not-found" | "last-owner">> {
    const revoked = this.#operators.revoke(id, by);
    if (revoked.ok) await this.#publishSoon();
    return revoked;
  }

  listOperators(): Operator[] {
    return this.#operators.inForce();
  }

  /** The operator with this token's hash, or with the address that Access confirmed; null: there is none. */
  identifyOperator(
    by: { readonly tokenHash: string } | { readonly email: string },
  ): Operator | null {
    return "email" in by
      ? this.#operators.byEmail(by.email)
      : this.#operators.byToken(by.tokenHash);
  }

  /** Compares one page of KV with what is decided here and mends it. Call again with the cursor. */
  async repairIdentities(cursor: string | null) {
    const page = await this.#repair.page(cursor);
    if (page.differing > 0) await this.#publishSoon();
    return page;
  }

  /** Armed again before anything is tried, so that no error can leave an outbox without an alarm. */
  async alarm(): Promise<void> {
    const due = this.#nextDue();
    if (due > this.#host.now()) {
      if (due < Infinity) await this.#host.storage.setAlarm(due);
      return;
    }
    const retryMillis = limits.publishRetryMillis * 2 ** this.#failedRuns;
    await this.#host.storage.setAlarm(
      this.#host.now() + Math.min(retryMillis, limits.publishRetryMillisMax),
    );
    const told = await Promise.all([
      this.#keyNews.run(),
      this.#termsNews.run(),
      ...this.#entryNews.map((news) => news.run()),
      this.#copyTrail(),
    ]);
    this.#failedRuns = told.every(Boolean) ? 0 : this.#failedRuns + 1;
  }

  #nextDue(): number {
    const outboxes = [this.#keyNews, this.#termsNews, ...this.#entryNews, this.#export];
    return Math.min(...outboxes.map((outbox) => outbox.nextDue()));
  }

  async #copyTrail(): Promise<boolean> {
    try {
      await this.#export.run();
      return true;
    } catch (cause) {
      this.#host.log.warn({ event: "trail-not-copied", cause: String(cause) });
      return false;
    }
  }

  /** Tells the ledgers of a change that was just made, for as long as the caller can wait. */
  async #told<Refusal>(
    id: string,
    changed: Result<Tenant, Refusal>,
  ): Promise<Result<Tenant, Refusal>> {
    const row = changed.ok ? this.#tenants.row(id) : undefined;
    if (!row) return changed;
    await this.#publishSoon();
    await this.#inTime(this.#termsNews.tell(id, termsOf(row)));
    return changed;
  }

  /** Too late or failed, the alarm goes on. */
  async #inTime(work: Promise<unknown>): Promise<void> {
    await inTime(this.#host.timers, limits.revocationMillisMax, work).catch(() => undefined);
  }

  /**
   * Called in the same turn as the change, so that row and alarm are written together. Only the alarm
   * publishes, one run at a time: an older standing can never overtake a newer one on its way to KV.
   */
  #publishSoon(): Promise<void> {
    return this.#host.storage.setAlarm(this.#host.now());
  }
}
