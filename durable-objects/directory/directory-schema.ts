import type { Migration } from "../migrate.ts";

/**
 * The Directory's tables; `docs/storage.md` describes them. Times are epoch milliseconds by
 * the object's clock. A published migration never changes; a new one is added below it.
 */
export const directoryMigrations: readonly Migration[] = [
  [
    // `limits` is TenantLimits as JSON.
    `CREATE TABLE tenants (
      id         TEXT PRIMARY KEY,
      name       TEXT NOT NULL,
      limits     TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) WITHOUT ROWID`,
    // `hash` is the SHA-256 of the key in hex; the key itself is not stored. `published` is 1 once KV and
    // the ledgers have this version of the row.
    `CREATE TABLE keys (
      hash       TEXT PRIMARY KEY,
      id         TEXT NOT NULL,
      tenant     TEXT NOT NULL REFERENCES tenants (id),
      name       TEXT,
      hint       TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      revoked_at INTEGER,
      published  INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID`,
    `CREATE UNIQUE INDEX keys_by_tenant ON keys (tenant, id)`,
    `CREATE INDEX keys_to_publish ON keys (id) WHERE published = 0`,
    // The first version's trail. `trail` below takes its place; its rows stay.
    `CREATE TABLE audit (
      seq     INTEGER PRIMARY KEY,
      at      INTEGER NOT NULL,
      actor   TEXT NOT NULL,
      action  TEXT NOT NULL,
      subject TEXT NOT NULL,
      detail  TEXT NOT NULL
    )`,
  ],
  [
    // `limits` stays complete, for older code; `chosen` is what differs from the plan's own. `version` is
    // the trail's number of the last change, `told` the version that every ledger has received.
    `ALTER TABLE tenants ADD COLUMN plan TEXT NOT NULL DEFAULT 'custom'`,
    `ALTER TABLE tenants ADD COLUMN chosen TEXT`,
    `ALTER TABLE tenants ADD COLUMN status TEXT NOT NULL DEFAULT 'active'`,
    `ALTER TABLE tenants ADD COLUMN version INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE tenants ADD COLUMN told INTEGER NOT NULL DEFAULT 0`,
    `CREATE INDEX tenants_to_tell ON tenants (id) WHERE told < version`,
    // `scopes` is a JSON list. `request` is the SHA-256 of the Idempotency-Key that the key was made with.
    `ALTER TABLE keys ADD COLUMN scopes TEXT NOT NULL DEFAULT '["jobs:write","jobs:read","usage:read"]'`,
    `ALTER TABLE keys ADD COLUMN expires_at INTEGER`,
    `ALTER TABLE keys ADD COLUMN version INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE keys ADD COLUMN request TEXT`,
    `CREATE UNIQUE INDEX keys_by_request ON keys (tenant, request) WHERE request IS NOT NULL`,
    `CREATE TABLE operators (
      id         TEXT PRIMARY KEY,
      hash       TEXT NOT NULL UNIQUE,
      name       TEXT NOT NULL,
      role       TEXT NOT NULL,
      email      TEXT,
      created_at INTEGER NOT NULL,
      revoked_at INTEGER
    ) WITHOUT ROWID`,
    `CREATE UNIQUE INDEX operators_by_email ON operators (email) WHERE email IS NOT NULL AND revoked_at IS NULL`,
    // `before` and `after` are JSON. Each row holds the hash of the one before it.
    `CREATE TABLE trail (
      number   INTEGER PRIMARY KEY,
      at       INTEGER NOT NULL,
      actor    TEXT NOT NULL,
      action   TEXT NOT NULL,
      subject  TEXT NOT NULL,
      tenant   TEXT,
      before   TEXT NOT NULL,
      after    TEXT NOT NULL,
      origin   TEXT,
      previous TEXT NOT NULL,
      hash     TEXT NOT NULL
    )`,
    `CREATE INDEX trail_by_tenant ON trail (tenant, number) WHERE tenant IS NOT NULL`,
    // Ranges of the trail that were fixed before they are put into R2; `stored` is 1 afterwards.
    `CREATE TABLE trail_files (
      first  INTEGER PRIMARY KEY,
      last   INTEGER NOT NULL,
      stored INTEGER NOT NULL DEFAULT 0
    )`,
    // What keys that are made with an Idempotency-Key are derived from: 32 random bytes in hex.
    `CREATE TABLE pepper (value TEXT NOT NULL)`,
  ],
  [
    // How the tenant's pictures are delivered, as JSON: settings and signing keys; null: the defaults.
    `ALTER TABLE tenants ADD COLUMN delivery TEXT`,
    // The version of the tenant that KV has for delivery.
    `ALTER TABLE tenants ADD COLUMN profiled INTEGER NOT NULL DEFAULT 0`,
    `CREATE INDEX tenants_to_publish ON tenants (id) WHERE profiled < version`,
  ],
  [
    // Where its data may be (`Residence`).
    `ALTER TABLE tenants ADD COLUMN home TEXT`,
    `ALTER TABLE tenants ADD COLUMN stays TEXT NOT NULL DEFAULT 'anywhere'`,
  ],
  [
    // ShardMap as JSON; null: one shard since the beginning.
    `ALTER TABLE tenants ADD COLUMN shards TEXT`,
  ],
  [
    // Whose pictures are at which host; null: it was taken away. `published` is the version that KV has.
    `CREATE TABLE hosts (
      name      TEXT PRIMARY KEY,
      tenant    TEXT,
      version   INTEGER NOT NULL,
      published INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID`,
    `CREATE INDEX hosts_by_tenant ON hosts (tenant) WHERE tenant IS NOT NULL`,
    `CREATE INDEX hosts_to_publish ON hosts (name) WHERE published < version`,
  ],
  [
    // Puts to KV that may still land: of which entry, and when it is put once more (`open-puts.ts`).
    `CREATE TABLE open_puts (
      kind TEXT NOT NULL,
      id   TEXT NOT NULL,
      due  INTEGER NOT NULL,
      PRIMARY KEY (kind, id)
    ) WITHOUT ROWID`,
    `CREATE INDEX open_puts_by_due ON open_puts (kind, due)`,
  ],
  [
    // Decided here, written into the books by the billing Worker; `in_books` is 1 once it has said so.
    `CREATE TABLE credit_notes (
      tenant        TEXT NOT NULL REFERENCES tenants (id),
      month         TEXT NOT NULL,
      number        INTEGER NOT NULL,
      reference     TEXT NOT NULL,
      amount_micros INTEGER NOT NULL,
      reason        TEXT NOT NULL,
      issued_at     INTEGER NOT NULL,
      in_books      INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (tenant, month, number)
    ) WITHOUT ROWID`,
    `CREATE UNIQUE INDEX credit_notes_by_reference ON credit_notes (tenant, month, reference)`,
    `CREATE INDEX credit_notes_to_write ON credit_notes (tenant) WHERE in_books = 0`,
  ],
  [
    // Id of the key that this one replaces; '': none. Null: an older version made it, and did not say.
    `ALTER TABLE keys ADD COLUMN replaces TEXT`,
  ],
];
