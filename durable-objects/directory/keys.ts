import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import {
  apiKeySecretBytes,
  hashApiKey,
  keyHint,
  mintApiKey,
  type ApiKey,
} from "../../core/identity/api-key.ts";
import { keyId, type TenantId } from "../../core/identity/ids.ts";
import type { CreatedKey, CreateKey, Key } from "../../core/identity/key.ts";
import { defaultScopes } from "../../core/identity/scopes.ts";
import { limits } from "../../core/limits.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Host, Sql } from "../ports.ts";
import { keyOf, type KeyRow } from "./directory-rows.ts";
import type { By, Trail } from "./trail.ts";

/** Why no key was made: the tenant has the most it may have, or the Idempotency-Key was used for another. */
export type KeyRefusal = "conflict" | "reused";

/** What a key is made with, and which one it replaces. */
interface Origin {
  readonly idempotencyKey: string | null;
  readonly replaces: KeyRow | null;
}

/**
 * Whether the key was made to replace `old`; null: to replace none. A row of an older version does not say: its old key
 * must then have an end that such a replacement would have given it.
 */
function doesReplace(made: KeyRow, old: KeyRow | null): boolean {
  if (made.replaces !== null) return made.replaces === (old?.id ?? "");
  const overlapMillisMax = limits.keyOverlapSecondsMax * 1000;
  return old === null || (old.expires_at ?? Infinity) <= made.created_at + overlapMillisMax;
}

/** The keys. Each change leaves its key to be published again. */
export class Keys {
  readonly #host: Host;
  readonly #sql: Sql;
  readonly #trail: Trail;
  readonly #ulid: (at: number) => string;

  constructor(host: Host, trail: Trail, ulid: (at: number) => string) {
    this.#host = host;
    this.#sql = host.storage.sql;
    this.#trail = trail;
    this.#ulid = ulid;
  }

  /**
   * With an Idempotency-Key the API key is derived from it and a secret of this object's, so that a repeat
   * gets the same key again although it is stored nowhere.
   */
  create(
    tenant: TenantId,
    request: CreateKey,
    idempotencyKey: string | null,
    by: By,
  ): Result<CreatedKey, KeyRefusal> {
    return this.#create(tenant, request, { idempotencyKey, replaces: null }, by);
  }

  #create(
    tenant: TenantId,
    request: CreateKey,
    { idempotencyKey, replaces }: Origin,
    by: By,
  ): Result<CreatedKey, KeyRefusal> {
    const scopes = [...new Set(request.scopes ?? defaultScopes)];
    const expiresAt = request.expiresAt === undefined ? null : Date.parse(request.expiresAt);
    const name = request.name ?? null;
    const key = this.#mint(tenant, idempotencyKey);
    const before = this.#byHash(hashApiKey(key));
    if (before) {
      const known = keyOf(before);
      const same =
        doesReplace(before, replaces) &&
        known.name === name &&
        known.expiresAt === expiresAt &&
        JSON.stringify(known.scopes) === JSON.stringify(scopes);
      return same ? ok({ ...known, key }) : err("reused");
    }
    if (this.inForce(tenant).length >= limits.keysPerTenantMax) return err("conflict");

    const at = this.#host.now();
    const created: CreatedKey = {
      id: keyId(this.#ulid(at)),
      name,
      hint: keyHint(key),
      scopes,
      createdAt: at,
      expiresAt,
      revokedAt: null,
      key,
    };
    const after = { name, scopes, expiresAt };
    const change = { action: "key.create", subject: created.id, tenant, before: null, after };
    this.#trail.change(by, change, (version) =>
      this.#sql.exec(
        `INSERT INTO keys (hash, id, tenant, name, hint, scopes, created_at, expires_at, version, request, replaces)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        hashApiKey(key),
        created.id,
        tenant,
        name,
        created.hint,
        JSON.stringify(scopes),
        at,
        expiresAt,
        version,
        idempotencyKey === null ? null : bytesToHex(sha256(utf8ToBytes(idempotencyKey))),
        replaces?.id ?? "",
      ),
    );
    return ok(created);
  }

  /**
   * A new key with the old one's name and scopes; the old one ends after the overlap. `reused`: the Idempotency-Key has
   * made a key that does not replace this one.
   */
  rotate(
    old: KeyRow,
    overlapSeconds: number,
    idempotencyKey: string | null,
    by: By,
  ): Result<CreatedKey, KeyRefusal> {
    const { name, scopes } = keyOf(old);
    const request = { scopes: [...scopes], ...(name === null ? {} : { name }) };
    const origin = { idempotencyKey, replaces: old };
    const created = this.#create(old.tenant, request, origin, by);
    if (created.ok) this.expire(old, this.#host.now() + overlapSeconds * 1000, by);
    return created;
  }

  /** All keys in force, then the latest that are not, in one bounded answer. */
  list(tenant: string): Key[] {
    return this.#rows(
      `SELECT * FROM keys WHERE tenant = ? ORDER BY ${isInForce} DESC, id DESC LIMIT ?+0`,
      tenant,
      this.#host.now(),
      limits.keysPerTenantMax,
    ).map(keyOf);
  }

  /** Revokes a key permanently; doing it again changes nothing. */
  revoke(row: KeyRow, by: By): void {
    if (row.revoked_at !== null) return;
    const at = this.#host.now();
    const { id, tenant } = row;
    const after = { revokedAt: at };
    const change = {
      action: "key.revoke",
      subject: id,
      tenant,
      before: { revokedAt: null },
      after,
    };
    this.#trail.change(by, change, (version) =>
      this.#sql.exec(
        `UPDATE keys SET revoked_at = ?, version = ?, published = 0 WHERE hash = ?`,
        at,
        version,
        row.hash,
      ),
    );
  }

  /** Lets a key end at `at`, unless it ends before that anyway. */
  expire(row: KeyRow, at: number, by: By): void {
    if (row.expires_at !== null && row.expires_at <= at) return;
    const { id, tenant } = row;
    const before = { expiresAt: row.expires_at };
    const change = { action: "key.expire", subject: id, tenant, before, after: { expiresAt: at } };
    this.#trail.change(by, change, (version) =>
      this.#sql.exec(
        `UPDATE keys SET expires_at = ?, version = ?, published = 0 WHERE hash = ?`,
        at,
        version,
        row.hash,
      ),
    );
  }

  find(tenant: string, id: string): KeyRow | undefined {
    return this.#rows(`SELECT * FROM keys WHERE tenant = ? AND id = ?`, tenant, id)[0];
  }

  /** Ids of the keys revoked since, the newest first, as many as a ledger is told again. */
  revokedSince(tenant: string, at: number): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      `SELECT id FROM keys WHERE tenant = ? AND revoked_at >= ? ORDER BY revoked_at DESC LIMIT ?+0`,
      tenant,
      at,
      limits.recalledKeysMax,
    );
    return rows.toArray().map(({ id }) => id);
  }

  /** A tenant's keys that still work, by this machine's clock. */
  inForce(tenant: string): KeyRow[] {
    return this.#rows(
      `SELECT * FROM keys WHERE tenant = ? AND ${isInForce}`,
      tenant,
      this.#host.now(),
    );
  }

  #byHash(hash: string): KeyRow | undefined {
    return this.#rows(`SELECT * FROM keys WHERE hash = ?`, hash)[0];
  }

  #mint(tenant: string, idempotencyKey: string | null): ApiKey {
    if (idempotencyKey === null) return mintApiKey(this.#host.randomBytes(apiKeySecretBytes));
    const text = utf8ToBytes(`${tenant}\n${idempotencyKey}`);
    return mintApiKey(hmac(sha256, this.#pepper(), text).slice(0, apiKeySecretBytes));
  }

  /** Made once, never shown. */
  #pepper(): Uint8Array {
    const [row] = this.#sql.exec<{ value: string }>(`SELECT value FROM pepper`).toArray();
    if (row) return hexToBytes(row.value);
    const value = this.#host.randomBytes(32);
    this.#sql.exec(`INSERT INTO pepper (value) VALUES (?)`, bytesToHex(value));
    return value;
  }

  #rows(query: string, ...bindings: (string | number)[]): KeyRow[] {
    return this.#sql.exec<KeyRow>(query, ...bindings).toArray();
  }
}

/** At the time that is bound. */
const isInForce = `(revoked_at IS NULL AND COALESCE(expires_at > ?, TRUE))`;
